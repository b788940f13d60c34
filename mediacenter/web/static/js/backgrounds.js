// The average colour of a picture behind it while it loads (inline styles in HTML are forbidden by the page's CSP).

for (const element of document.querySelectorAll('[data-background]')) {
  element.style.backgroundColor = element.dataset.background;
}
