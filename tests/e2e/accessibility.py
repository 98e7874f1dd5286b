"""Whether a page can be read and used without a mouse, without sight, with little contrast: the part of
what axe-core checks that this page can get wrong, by the browser's own accessibility tree and styles."""

# Roles that somebody is told of by their name (ARIA in HTML).
NAMED = {"button", "link", "searchbox", "textbox", "image", "img", "table", "region", "group", "columnheader",
         "rowheader", "heading", "navigation"}
LANDMARKS = {"banner", "main", "navigation", "contentinfo"}

# WCAG 2.1, 1.4.3: 4.5, of large text 3. What is hidden or disabled is exempt.
CONTRAST = """
const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((all, c, i) => all + c * [0.2126, 0.7152, 0.0722][i], 0);
const parse = (text) => {
  const [r, g, b, a = 1] = text.match(/[0-9.]+/g).map(Number);
  return [r, g, b, a];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
const ground = (element) => {
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    layers.push(parse(getComputedStyle(each).backgroundColor));
  }
  layers.push([255, 255, 255, 1]);
  let colour = [255, 255, 255];
  for (const layer of layers.reverse()) {
    colour = over(layer, colour);
  }
  return colour;
};
const findings = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let texts = 0;
while (walker.nextNode()) {
  const text = walker.currentNode;
  const element = text.parentElement;
  if (!text.data.trim() || !element.getClientRects().length || element.closest('noscript, title') ||
      element.disabled) {
    continue;
  }
  texts++;
  const style = getComputedStyle(element);
  const svg = element instanceof SVGElement;
  const below = ground(svg ? element.closest('svg').parentElement : element);
  const colour = over(parse(svg ? style.fill : style.color), below);
  const [light, dark] = [luminance(colour), luminance(below)].sort((a, b) => b - a);
  const ratio = (light + 0.05) / (dark + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) {
    findings.push(`contrast ${ratio.toFixed(2)} of "${text.data.trim()}"`);
  }
}
return [texts, findings];
"""

STRUCTURE = """
const findings = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = (element) => element.getClientRects().length > 0;
if (!document.documentElement.lang) findings.push('no lang');
if (!document.title) findings.push('no title');
const ids = all('[id]').map(({id}) => id);
for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) findings.push(`id twice: ${id}`);
const levels = all('h1, h2, h3, h4, h5, h6').filter(shown).map(({tagName}) => Number(tagName[1]));
if (levels[0] !== 1 || levels.filter((level) => level === 1).length !== 1) findings.push('not one h1, first');
levels.forEach((level, i) => {
  if (i > 0 && level > levels[i - 1] + 1) findings.push(`h${level} after h${levels[i - 1]}`);
});
for (const element of all('[tabindex]')) {
  if (element.tabIndex > 0) findings.push(`tabindex ${element.tabIndex}`);
}
for (const element of all('body *').filter(shown)) {
  const style = getComputedStyle(element);
  if (/auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth && element.tabIndex < 0) {
    findings.push(`scrolls and cannot be focused: ${element.id || element.className}`);
  }
}
for (const element of all('[aria-labelledby]')) {
  if (!document.getElementById(element.getAttribute('aria-labelledby'))) findings.push('labelled by nothing');
}
for (const table of all('table').filter(shown)) {
  if (!table.caption || !table.caption.textContent.trim()) findings.push('a table without a caption');
}
for (const image of all('svg, img').filter(shown)) {
  const named = image.getAttribute('aria-label') || image.getAttribute('alt');
  if (!named) findings.push('an image without words');
}
return findings;
"""


def _roles(browser):
    """Of every node that is told of: (role, name, properties)."""
    tree = browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})
    for node in tree["nodes"]:
        if not node.get("ignored"):
            properties = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
            yield node["role"]["value"], node.get("name", {}).get("value", "").strip(), properties


def findings(browser):
    """What is wrong, as sentences; nothing is what one wants."""
    found = list(browser.run(STRUCTURE))
    texts, low = browser.run(CONTRAST)
    assert texts > 50, "there is hardly anything to be read"
    found += low
    roles = list(_roles(browser))
    found += [f"a {role} without a name" for role, name, _ in roles if role in NAMED and not name]
    found += [f"no {landmark}" for landmark in LANDMARKS - {role for role, _, _ in roles}]
    interactive = [(role, name) for role, name, properties in roles
                   if role in ("button", "link", "searchbox") and properties.get("disabled") is not True]
    found += [f"{role} {name} cannot be focused" for (role, name, properties) in roles
              if (role, name) in interactive and not properties.get("focusable")]
    return found
