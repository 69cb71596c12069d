// The ranking: search, filter, sort and the address of what is shown, over the columns of data.js.
"use strict";

(() => {
  const data = DTI_DATA;
  const STEP = 500;
  const table = document.getElementById("ranking");
  const body = table.tBodies[0];
  const controls = Object.fromEntries(
    ["q", "scope", "region", "group", "wide"].map((id) => [id, document.getElementById(id)]),
  );
  const more = document.getElementById("more");
  const shown = document.getElementById("shown");
  const pattern = body.rows[0]?.cloneNode(true);
  if (!pattern) return;
  const filters = document.getElementById("filters");
  const hasHistory = Boolean(pattern.querySelector(".spark"));
  const search = data.units.map((unit) => 
    DTI.plain(`${unit[1]} ${unit[2]} ${unit[0]} ${unit[2].replaceAll(" ", "")}`));
  const byName = new Intl.Collator("vi");
  const start = { q: "", scope: "DTI", region: "", group: data.poolIsGroup ? data.groups[0] : "",
    wide: "", sort: "rank", down: "" };
  let state = { ...start };
  let limit = Math.max(body.rows.length, 200);

  // A column in which every unit has the same value is written as that value.
  const at = (scope, column, place) => {
    const found = data.columns[scope][column];
    return Array.isArray(found) ? found[place] : found;
  };

  function chosen() {
    const wanted = DTI.plain(state.q);
    const region = state.region ? data.regions.indexOf(state.region) : null;
    const group = state.group ? data.groups.indexOf(state.group) : null;
    return data.units.map((_, place) => place).filter((place) =>
      search[place].includes(wanted)
      && (region === null || data.units[place][3] === region)
      && (group === null || data.units[place][4] === group));
  }

  const KEYS = { rank: "r", value: "v", change: "c", move: "m" };

  function sorted(places) {
    const sign = state.down ? -1 : 1;
    const names = (a, b) => byName.compare(data.units[a][1], data.units[b][1]);
    if (state.sort === "name") return places.sort((a, b) => sign * names(a, b));
    // Ranks grow downwards, everything else is best when large; what is unknown stands last.
    const way = state.sort === "rank" ? sign : -sign;
    const column = KEYS[state.sort];
    return places.sort((a, b) => {
      const [x, y] = [at(state.scope, column, a), at(state.scope, column, b)];
      if (x === null || y === null) return (x === null) - (y === null) || names(a, b);
      return way * (x - y) || names(a, b);
    });
  }

  function row(place) {
    const made = pattern.cloneNode(true);
    const [id, name, , region] = data.units[place];
    const scope = state.scope;
    const value = at(scope, "v", place);
    const cells = [...made.cells];
    let next = 0;
    made.dataset.unit = id;
    cells[next++].replaceChildren(
      DTI.rank(at(scope, "r", place), at(scope, "n", place), at(scope, "t", place)));
    const link = cells[next++].querySelector("a");
    link.href = `units/${id}.html`;
    link.textContent = name;
    cells[next++].replaceChildren(
      DTI.number(DTI.fixed(value, data.decimals)), DTI.mark(at(scope, "b", place)));
    const scale = 10 ** data.decimals;
    cells[next++].querySelector(".fill").setAttribute("width", ((value ?? 0) / scale) * 100);
    const change = [DTI.number(DTI.signed(at(scope, "c", place), data.decimals))];
    const kind = at(scope, "k", place);
    if (kind && kind !== "none" && at(scope, "c", place) !== null) change.push(DTI.node("abbr", { class: "break" }, "⚠"));
    cells[next++].replaceChildren(...change);
    cells[next++].replaceChildren(DTI.moved(at(scope, "m", place)));
    if (hasHistory) {
      const [across, solid] = cells[next++].querySelectorAll("path");
      solid.setAttribute("d", data.paths[place][0]);
      across.setAttribute("d", data.paths[place][1]);
    }
    cells[next++].replaceChildren(...(region < 0 ? [] : [DTI.say(...data.regionNames[region])]));
    for (const { code } of data.scopes) {
      const own = at(code, "v", place);
      const standing = at(code, "r", place);
      const parts = [DTI.number(DTI.fixed(own, data.decimals)), DTI.mark(at(code, "b", place))];
      if (standing !== null)
        parts.push(DTI.node("small", {}, `${standing}/${at(code, "n", place)}`));
      cells[next++].replaceChildren(...parts);
    }
    return made;
  }

  function show() {
    const places = sorted(chosen());
    body.replaceChildren(...places.slice(0, limit).map(row));
    shown.textContent = String(places.length);
    more.hidden = places.length <= limit;
    table.classList.toggle("all-indices", Boolean(state.wide));
    for (const button of table.tHead.querySelectorAll("button")) {
      const head = button.closest("th");
      const active = button.dataset.sort === state.sort;
      const falls = state.sort === "rank" || state.sort === "name" ? state.down : !state.down;
      if (active) head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      if (button.dataset.scope)
        button.setAttribute("aria-pressed", String(button.dataset.scope === state.scope));
    }
  }

  function changed() {
    const told = Object.entries(state).filter(([name, value]) => value !== start[name]);
    DTI.state.write(Object.fromEntries(told));
    show();
  }

  function fill() {
    for (const [name, control] of Object.entries(controls)) {
      if (!control) continue;
      if (control.type === "checkbox") control.checked = Boolean(state[name]);
      else control.value = state[name];
    }
  }

  // An address may be typed by hand or come from another release: what is unknown is ignored.
  function known(wanted) {
    const found = { ...start };
    const ranked = data.scopes.filter((scope) => scope.ranked).map((scope) => scope.code);
    if (ranked.includes(wanted.scope)) found.scope = wanted.scope;
    if (data.regions.includes(wanted.region)) found.region = wanted.region;
    if (data.groups.includes(wanted.group)) found.group = wanted.group;
    if (wanted.sort === "name" || Object.hasOwn(KEYS, wanted.sort ?? "")) found.sort = wanted.sort;
    return { ...found, q: wanted.q ?? "", wide: wanted.wide ? "1" : "", down: wanted.down ? "1" : "" };
  }

  function load() {
    state = known(DTI.state.read());
    fill();
    show();
  }

  const form = document.getElementById("controls");
  form.addEventListener("input", () => {
    for (const [name, control] of Object.entries(controls)) {
      if (!control) continue;
      state[name] = control.type === "checkbox" ? (control.checked ? "1" : "") : control.value;
    }
    changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state = { ...start };
    fill();
    changed();
  });
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.scope) {
      state = { ...state, scope: button.dataset.scope, sort: "rank", down: "" };
      fill();
    } else {
      const again = state.sort === button.dataset.sort;
      state = { ...state, sort: button.dataset.sort, down: again && !state.down ? "1" : "" };
    }
    changed();
  });
  more.addEventListener("click", () => { limit += STEP; show(); });
  window.addEventListener("beforeprint", () => { limit = data.units.length; show(); });
  window.addEventListener("hashchange", load);
  DTI.onLanguage(changed);
  load();

  // On a phone the filters wait behind a button, so that the ranking is on the first screen.
  filters.hidden = false;
  function fold(isFolded) {
    form.classList.toggle("folded", isFolded);
    filters.setAttribute("aria-expanded", String(!isFolded));
  }
  filters.addEventListener("click", () => fold(!form.classList.contains("folded")));
  fold(["scope", "region", "group", "wide"].every((name) => state[name] === start[name]));
})();
