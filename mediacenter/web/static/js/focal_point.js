// A click on the picture fills in the two fields; they move the mark and the previews. Without this script the fields do.

const frame = document.getElementById('focal-picture');
const picture = frame?.querySelector('img');
const marker = document.getElementById('focal-marker');
const form = document.getElementById('focal-form');
const previews = [...document.querySelectorAll('img[data-shape]')];

const inside = (value, most) => Math.min(most, Math.max(0, value));
const share = (name) => inside((Number.parseFloat(form.elements[name].value) || 0) / 100, 1);

// The largest window of the shape, as near to the point as it can be: transcoding/pictures/crops.py does the same.
function place(preview, x, y) {
  const [w, h] = preview.dataset.shape.split('x').map(Number);
  const width = picture.naturalWidth, height = picture.naturalHeight;
  const across = Math.min(width, height * w / h), down = Math.min(height, width * h / w);
  const left = inside(x * width - across / 2, width - across), top = inside(y * height - down / 2, height - down);
  const percent = (at, room) => (room > 0 ? at / room * 100 : 50);
  preview.style.objectPosition = `${percent(left, width - across)}% ${percent(top, height - down)}%`;
}

function show() {
  const x = share('x'), y = share('y');
  marker.style.left = `${x * 100}%`;
  marker.style.top = `${y * 100}%`;
  marker.hidden = false;
  if (picture.naturalWidth) for (const preview of previews) place(preview, x, y);
}

if (picture) {
  for (const preview of previews) preview.src = picture.src;
  frame.classList.add('live');
  frame.addEventListener('click', (event) => {
    const box = picture.getBoundingClientRect();
    form.elements.x.value = (inside((event.clientX - box.left) / box.width, 1) * 100).toFixed(1);
    form.elements.y.value = (inside((event.clientY - box.top) / box.height, 1) * 100).toFixed(1);
    show();
  });
  form.addEventListener('input', show);
  picture.addEventListener('load', show);
  show();
}
