// Turns a list of links to sections into tabs (WAI-ARIA: arrow keys, Home, End). Markup: macros/parts.html, tab_list.
// The address says which tab is open (#talere), so that it can be shared and gone back to.

function panelOf(tab) {
  return document.getElementById(tab.hash.slice(1));
}

function select(tab, { focus = false } = {}) {
  for (const other of tab.parentElement.querySelectorAll("[role=tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    panelOf(other).hidden = !chosen;
  }
  if (focus) tab.focus();
}

function enhance(tabs) {
  const list = tabs.querySelector("[data-tab-list]");
  list.setAttribute("role", "tablist");
  for (const tab of list.children) {
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", tab.hash.slice(1));
    const panel = panelOf(tab);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    if (!panel.querySelector("a[href], button")) panel.tabIndex = 0; // else what is in it can be reached by itself
  }
  const inside = location.hash && tabs.querySelector(`#${CSS.escape(location.hash.slice(1))}`);
  const wanted = [...list.children].find((tab) => inside && panelOf(tab).contains(inside));
  select(wanted || list.firstElementChild);
  tabs.dataset.ready = "";
  if (wanted && inside) inside.scrollIntoView({ block: "nearest" });
}

function enhanceAll() {
  for (const tabs of document.querySelectorAll("[data-tabs]:not([data-ready])")) enhance(tabs);
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  select(tab);
  history.replaceState(history.state, "", tab.hash);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (!tab) return;
  const tabs = [...tab.parentElement.querySelectorAll("[role=tab]")];
  const at = tabs.indexOf(tab);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
  if (event.key === " ") tab.click();
  else if (next === undefined) return;
  else {
    select(tabs[next % tabs.length], { focus: true });
    history.replaceState(history.state, "", tabs[next % tabs.length].hash);
  }
  event.preventDefault();
});

// A link elsewhere on the page to something inside a closed panel opens that panel.
addEventListener("hashchange", () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const panel = target?.closest("[role=tabpanel]");
  if (!panel) return;
  select(document.getElementById(panel.getAttribute("aria-labelledby")));
  target.scrollIntoView({ block: "nearest" });
});

document.addEventListener("fragment", enhanceAll);
enhanceAll();
