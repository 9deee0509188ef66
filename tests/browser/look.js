// Looks at the page as it is drawn now and names what is wrong with it, in lists by subject.
// Measured from computed styles, because axe does not judge borders and outlines (WCAG 2.2: 1.4.3, 1.4.10, 1.4.11, 2.4.7, 2.5.8).
() => {
  "use strict";

  const TEXT = 4.5;
  const SHAPE = 3;
  const TARGET = 24; // CSS pixels
  const found = { sideways: [], text: [], borders: [], outlines: [], targets: [] };
  const root = document.documentElement;

  const say = (element) => {
    const words = (element.textContent || element.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.tagName.toLowerCase()}${element.className?.split ? "." + element.className : ""}> “${words}”`;
  };
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !element.closest(".hidden-text, .skip:not(:focus)");

  const colour = (text) => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    const scale = text.startsWith("color(") ? 1 : 255;
    return { rgb: numbers.slice(0, 3).map((part) => part / scale), alpha: numbers[3] ?? 1 };
  };
  const over = (front, back) => front.rgb.map((part, i) => part * front.alpha + back[i] * (1 - front.alpha));
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      layers.unshift(layer);
      if (layer.alpha === 1) break;
    }
    return layers.reduce((back, layer) => over(layer, back), [1, 1, 1]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (front, back) => {
    const [low, high] = [light(over(colour(front), back)), light(back)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const need = (list, least, front, back, element, what) => {
    const measured = contrast(front, back);
    if (measured < least) list.push(`${say(element)}: ${what} has ${measured.toFixed(2)}, not ${least}`);
  };

  const fits = (box, element, what) => {
    if (box.left < -0.5 || box.right > root.clientWidth + 0.5) {
      found.sideways.push(`${say(element)}: ${what} reaches from ${box.left | 0} to ${box.right | 0}`);
    }
  };
  const wider = document.scrollingElement.scrollWidth - root.clientWidth;
  if (wider > 0) found.sideways.push(`the page is ${wider} px wider than its window`);

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !isShown(element) || element.closest("script, style")) continue;
    need(found.text, TEXT, getComputedStyle(element).color, ground(element), element, "its text");
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const box of range.getClientRects()) fits(box, element, "its text");
  }

  const stands = (element) => {
    const around = element.parentElement;
    const inSentence = getComputedStyle(element).display.startsWith("inline") && around.matches("p, li, dd, summary");
    return !(inSentence && around.textContent.trim() !== element.textContent.trim());
  };
  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
  for (const control of controls.filter(isShown)) {
    const style = getComputedStyle(control);
    const box = control.getBoundingClientRect();
    fits(box, control, "it");
    if (stands(control) && Math.min(box.width, box.height) < TARGET) {
      found.targets.push(`${say(control)} is ${box.width | 0} × ${box.height | 0} px`);
    }
    if (control.matches("input:not([type=checkbox]), select, textarea")) {
      need(found.text, TEXT, style.color, ground(control), control, "what is typed");
    }
    const hasBorder = style.borderTopStyle !== "none" && parseFloat(style.borderTopWidth) > 0;
    if (hasBorder && !control.matches("[type=checkbox]")) {
      need(found.borders, SHAPE, style.borderTopColor, ground(control.parentElement), control, "its border");
    }
  }
  for (const control of controls.filter((each) => isShown(each) && each.tabIndex >= 0)) {
    control.focus({ preventScroll: true });
    const style = getComputedStyle(control);
    if (style.outlineStyle !== "solid" || parseFloat(style.outlineWidth) < 2) {
      found.outlines.push(`${say(control)} shows no focus`);
    } else {
      need(found.outlines, SHAPE, style.outlineColor, ground(control.parentElement), control, "its focus");
    }
  }
  document.activeElement.blur();
  return found;
}
