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
