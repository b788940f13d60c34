// Puts a chosen work where the cursor is. Without this module the server puts it at the end of the text.

const said = document.querySelector('[data-picker-said]');

document.querySelectorAll('[data-into]').forEach((button) => {
  button.addEventListener('click', (event) => {
    const text = document.getElementById(button.dataset.into);
    if (!text) return;
    event.preventDefault();
    const at = text.selectionEnd;
    const before = text.value.slice(0, at);
    const snippet = `${before && !before.endsWith('\n') ? '\n' : ''}${button.dataset.snippet}\n`;
    text.setRangeText(snippet, at, at, 'end');
    const caption = text.value.indexOf('<figcaption>', at) + '<figcaption>'.length;
    text.setSelectionRange(caption, caption);
    text.focus();
    if (said) said.textContent = button.dataset.said;
  });
});

// Return in the search field searches; it must not save the article.
document.getElementById('query')?.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  event.target.form.requestSubmit(event.target.form.querySelector('[name="find"]'));
});
