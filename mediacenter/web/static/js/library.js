import './backgrounds.js';

// Choosing a filter shows its result at once; the button stays for keyboards and for browsers without scripts.
const form = document.querySelector('.filters');
let byKeyboard = false;
form.addEventListener('keydown', () => { byKeyboard = true; });
form.addEventListener('pointerdown', () => { byKeyboard = false; });
for (const select of form.querySelectorAll('select')) {
  select.addEventListener('change', () => { if (!byKeyboard) form.requestSubmit(); });
}
// an address without empty filters
form.addEventListener('submit', () => {
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
});
window.addEventListener('pageshow', () => { for (const field of form.elements) field.disabled = false; });

// Words, names and places that begin as what is typed; the field works without them.
const field = form.querySelector('[data-suggestions]');
const offered = document.getElementById('search-offered');
let asked = null;
let waiting = 0;
async function offer(prefix) {
  asked?.abort();
  asked = new AbortController();
  const address = `${field.dataset.suggestions}?${new URLSearchParams({ prefix })}`;
  try {
    const answer = await fetch(address, { headers: { Accept: 'application/json' }, signal: asked.signal });
    if (!answer.ok) return;
    const { suggestions } = await answer.json();
    offered.replaceChildren(...suggestions.map((text) => Object.assign(document.createElement('option'), { value: text })));
  } catch (error) {
    if (error.name !== 'AbortError' && !(error instanceof TypeError)) throw error;
  }
}
function offerSoon() {
  clearTimeout(waiting);
  const prefix = field.value.trim();
  if (prefix && prefix.length <= 100 && !/["*:]|(^|\s)-/.test(prefix)) waiting = setTimeout(() => offer(prefix), 120);
}
field.addEventListener('input', offerSoon);
if (document.activeElement === field) offerSoon(); // typed before this script was here
