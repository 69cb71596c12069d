// The texts of a page that have less contrast than the accessibility guidelines ask for.
() => {
  const light = ([r, g, b]) => {
    const one = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * one(r) + 0.7152 * one(g) + 0.0722 * one(b);
  };
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const ground = (made) => {
    for (let at = made; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const made of document.querySelectorAll('body *:not(svg *)')) {
    const own = [...made.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !made.checkVisibility() || made.closest('.sr, .skip, option')) continue;
    const style = getComputedStyle(made);
    const [a, b] = [light(parts(style.color)), light(ground(made))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) weak.push(`${made.className || made.tagName} ${ratio.toFixed(2)}`);
  }
  return [...new Set(weak)];
}
