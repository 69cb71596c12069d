// Shared by all pages: language, figures, addresses, tables with a filter. No library, no network.
"use strict";

const DTI = (() => {
  const root = document.documentElement;
  const flip = { ",": ".", ".": "," };

  const english = () => root.lang === "en";
  const pick = (vi, en) => (english() ? en : vi);

  // Figures stand in the page the Vietnamese way; English exchanges comma and dot.
  const localised = (text) => (english() ? text.replace(/[.,]/g, (sign) => flip[sign]) : text);

  // Write a whole number of the last decimal: 8002 with 4 decimals is 0,8002.
  function fixed(units, decimals) {
    if (units === null || units === undefined) return "–";
    const digits = String(Math.abs(units)).padStart(decimals + 1, "0");
    const head = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ".");
    const text = decimals ? `${head},${digits.slice(-decimals)}` : head;
    return localised(units < 0 ? `−${text}` : text);
  }

  const signed = (units, decimals) => (units > 0 ? "+" : "") + fixed(units, decimals);

  function node(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const number = (text) => node("span", { class: "n" }, text);

  function say(vi, en, tag = "span") {
    const made = node(tag, { "data-en": en }, pick(vi, en));
    made.dataset.vi = vi;
    return made;
  }

  function titled(tag, kind, vi, en, text) {
    const made = node(tag, { class: kind, title: pick(vi, en), "data-en-title": en }, text);
    made.dataset.viTitle = vi;
    return made;
  }

  function rank(place, count, tied) {
    if (place === null) return node("span", { class: "none" }, "–");
    const made = node("span", { class: "rank" });
    if (tied) made.append(titled("abbr", "tie", "Đồng hạng", "Tied", "="));
    made.append(node("b", {}, String(place)), node("span", { class: "of" }, `/${count}`));
    return made;
  }

  function moved(places) {
    if (places === null) return node("span", { class: "none" }, "–");
    const [kind, arrow, vi, en] =
      places > 0 ? ["up", "▲", "tăng ", "up "]
      : places < 0 ? ["down", "▼", "giảm ", "down "]
      : ["same", "0", "giữ nguyên thứ hạng", "same rank"];
    const word = say(vi, en);
    word.className = "sr";
    const sign = node("span", { "aria-hidden": "true" }, arrow);
    return node("span", { class: `move ${kind}` }, sign, word, places ? String(Math.abs(places)) : "");
  }

  const SIGNS = { sample: "◆", calibrated_sample: "◇" };
  const sign = (basis) => SIGNS[basis] ?? "";

  function mark(basis) {
    if (basis === "sample") return titled("abbr", "mark", "Số liệu giả định", "Made-up data", sign(basis));
    if (basis === "calibrated_sample")
      return titled("abbr", "mark", "Số liệu giả định, khớp giá trị đã công bố", "Made-up data fitted to published values", sign(basis));
    return "";
  }

  const plain = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ").trim();

  // The state of a page stands behind the # of its address, so that it can be shared.
  const state = {
    read: () => Object.fromEntries(new URLSearchParams(location.hash.slice(1))),
    write(values) {
      const known = Object.entries(values).filter(([, value]) => value !== "" && value !== null);
      if (english()) known.push(["lang", "en"]);
      const text = new URLSearchParams(known).toString();
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    },
  };

  const listeners = [];
  const ATTRIBUTES = ["title", "aria-label", "placeholder"];
  const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

  function setLanguage(language) {
    for (const button of document.querySelectorAll("[data-language]"))
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    if (root.lang === language) return;
    root.lang = language;
    for (const made of document.querySelectorAll("[data-en]")) {
      made.dataset.vi ??= made.textContent;
      made.textContent = pick(made.dataset.vi, made.dataset.en);
    }
    for (const name of ATTRIBUTES) {
      for (const made of document.querySelectorAll(`[data-en-${name}]`)) {
        const key = camel(`vi-${name}`);
        made.dataset[key] ??= made.getAttribute(name);
        made.setAttribute(name, pick(made.dataset[key], made.dataset[camel(`en-${name}`)]));
      }
    }
    for (const made of document.querySelectorAll(".n"))
      made.textContent = made.textContent.replace(/[.,]/g, (sign) => flip[sign]);
    for (const listener of listeners) listener();
  }

  function remember(language) {
    try { localStorage.setItem("dti-language", language); } catch { /* private window */ }
  }

  function remembered() {
    const wanted = state.read().lang;
    if (wanted) return wanted;
    try { return localStorage.getItem("dti-language"); } catch { return null; }
  }

  function startLanguage() {
    for (const button of document.querySelectorAll("[data-language]")) {
      button.addEventListener("click", () => {
        setLanguage(button.dataset.language);
        remember(button.dataset.language);
      });
    }
    if (remembered() === "en") setLanguage("en");
  }

  // A button with aria-controls opens and closes what it names.
  function startToggles() {
    for (const button of document.querySelectorAll("button[aria-controls][aria-expanded]")) {
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") !== "true";
        button.setAttribute("aria-expanded", String(open));
        for (const id of button.getAttribute("aria-controls").split(" "))
          document.getElementById(id).hidden = !open;
      });
    }
    for (const button of document.querySelectorAll("button[data-show]")) {
      button.addEventListener("click", () => {
        for (const other of button.parentElement.querySelectorAll("button[data-show]")) {
          const chosen = other === button;
          other.setAttribute("aria-pressed", String(chosen));
          document.getElementById(other.dataset.show).hidden = !chosen;
        }
      });
    }
  }

  // Rows of a table marked data-filter are kept by a text and by choices over their data-* values.
  function startFilters() {
    for (const form of document.querySelectorAll("form[data-filter]")) {
      const rows = [...document.querySelectorAll(`#${form.dataset.filter} > tbody > tr`)];
      const count = form.querySelector("output");
      const texts = rows.map((row) => plain(row.textContent));
      const apply = () => {
        const wanted = plain(form.querySelector("input[type=search]")?.value ?? "");
        const choices = [...form.querySelectorAll("select")].filter((one) => one.value);
        let shown = 0;
        rows.forEach((row, place) => {
          const fits = texts[place].includes(wanted)
            && choices.every((one) => row.dataset[one.name] === one.value);
          row.hidden = !fits;
          shown += fits;
        });
        if (count) count.textContent = String(shown);
      };
      form.addEventListener("input", apply);
      form.addEventListener("submit", (event) => event.preventDefault());
    }
  }

  // On paper nothing can be opened: what is folded away is printed unfolded.
  function startPrinting() {
    let folded = [];
    window.addEventListener("beforeprint", () => {
      folded = [...document.querySelectorAll("details:not([open])")];
      for (const part of folded) part.open = true;
    });
    window.addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
  }

  startLanguage();
  startToggles();
  startPrinting();
  startFilters();

  return {
    english, pick, localised, fixed, signed, node, number, say, rank, moved, mark, sign, plain, state,
    onLanguage: (listener) => listeners.push(listener),
  };
})();
