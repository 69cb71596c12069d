"""A framework goes to the workers that read forms, also after it has scored."""

import pickle

from dti_pipeline.index.frameworks.load import load_framework


def test_a_framework_that_has_scored_can_be_sent_to_a_worker() -> None:
    framework = load_framework("province-922")
    for component in framework.components:
        assert component.part_scores
        assert component.helpers is not None
    copy = pickle.loads(pickle.dumps(framework))
    assert [one.code for one in copy.components] == [one.code for one in framework.components]
    assert copy.components[0].maximum == framework.components[0].maximum
