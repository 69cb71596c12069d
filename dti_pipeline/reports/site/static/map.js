// The tile map: shades and figures of the chosen index, and what a tile says when pointed at.
"use strict";

(() => {
  const data = DTI_DATA;
  const CLASSES = 5;
  const scope = document.getElementById("scope");
  const about = document.getElementById("about");
  const list = document.getElementById("limits");
  const places = new Map(data.units.map((unit, place) => [unit[0], place]));
  const tiles = [...document.querySelectorAll(".tile")];

  const at = (column, place) => {
    const found = data.columns[scope.value][column];
    return Array.isArray(found) ? found[place] : found;
  };

  // Equal values share a class: a class is that of the number of values below.
  function shades() {
    const values = tiles.map((tile) => at("v", places.get(tile.dataset.unit)));
    const known = values.filter((value) => value !== null).sort((a, b) => a - b);
    return values.map((value) =>
      value === null ? 0 : 1 + Math.floor((CLASSES * known.indexOf(value)) / known.length));
  }

  function show() {
    const ranges = new Map();
    shades().forEach((shade, place) => {
      const tile = tiles[place];
      const value = at("v", places.get(tile.dataset.unit));
      tile.setAttribute("class", `tile s${shade}`);
      tile.querySelector(".figure").textContent =
        DTI.fixed(value, data.decimals) + (value === null ? "" : DTI.sign(at("b", places.get(tile.dataset.unit))));
      if (!shade) return;
      const [low, high] = ranges.get(shade) ?? [value, value];
      ranges.set(shade, [Math.min(low, value), Math.max(high, value)]);
    });
    const lines = list.querySelectorAll("li");
    const pattern = lines[0];
    const made = [...ranges.entries()].sort((a, b) => b[0] - a[0]).map(([shade, [low, high]]) => {
      const line = pattern.cloneNode(true);
      line.querySelector("rect").setAttribute("class", `s${shade}`);
      const [from, to] = line.querySelectorAll(".n");
      from.textContent = DTI.fixed(low, data.decimals);
      to.textContent = DTI.fixed(high, data.decimals);
      return line;
    });
    list.replaceChildren(...made);
    DTI.state.write(scope.value === "DTI" ? {} : { scope: scope.value });
  }

  function tell(tile) {
    const place = places.get(tile.dataset.unit);
    const name = data.scopes.find((one) => one.code === scope.value);
    about.replaceChildren(
      DTI.node("h3", {}, data.units[place][1]),
      DTI.node("p", {}, DTI.say(name.vi, name.en)),
      DTI.node("p", { class: "large" },
        DTI.number(DTI.fixed(at("v", place), data.decimals)), DTI.mark(at("b", place))),
      DTI.node("p", {}, DTI.say("Thứ hạng ", "Rank "),
        DTI.rank(at("r", place), at("n", place), at("t", place)), " ", DTI.moved(at("m", place))),
    );
  }

  for (const tile of tiles) {
    tile.addEventListener("pointerenter", () => tell(tile));
    tile.addEventListener("focus", () => tell(tile));
  }
  scope.addEventListener("change", show);
  DTI.onLanguage(show);

  const wanted = DTI.state.read().scope;
  if (data.scopes.some((one) => one.code === wanted)) {
    scope.value = wanted;
    show();
  }
})();
