from dti_pipeline.cli import main

main()
