// Turns the sections of a [data-tabs] element into tabs (WAI-ARIA pattern). Without this module they stand one below the other.

function build(group) {
  const panels = [...group.querySelectorAll(':scope > [data-tab]')];
  if (panels.length < 2) return;
  const list = document.createElement('div');
  list.setAttribute('role', 'tablist');
  list.setAttribute('aria-label', group.dataset.tabs);
  const tabs = panels.map((panel) => {
    const tab = document.createElement('button');
    Object.assign(tab, { type: 'button', id: `${panel.id}-tab`, textContent: panel.dataset.tab });
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', panel.id);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    panel.tabIndex = 0;
    panel.querySelector('.tab-heading').hidden = true;
    list.append(tab);
    return tab;
  });
  const select = (index, focus) => {
    tabs.forEach((tab, each) => {
      tab.setAttribute('aria-selected', String(each === index));
      tab.tabIndex = each === index ? 0 : -1;
      panels[each].hidden = each !== index;
    });
    if (focus) tabs[index].focus();
  };
  list.addEventListener('click', (event) => {
    const index = tabs.indexOf(event.target);
    if (index >= 0) select(index, true);
  });
  list.addEventListener('keydown', (event) => {
    const now = tabs.indexOf(document.activeElement);
    const moves = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    select((moves[event.key] + tabs.length) % tabs.length, true);
  });
  group.prepend(list);
  select(0, false);
}

document.querySelectorAll('[data-tabs]').forEach(build);
