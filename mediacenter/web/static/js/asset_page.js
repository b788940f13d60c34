import './backgrounds.js';
import './copy.js';
import './tabs.js';
import { Api } from './api.js';
import { GrowingFilm } from './growing_film.js';
import { startPlayers } from './player.js';
import { expectation, follow, words } from './processing.js';
import { say } from './strings.js';
import { startSeekButtons } from './seek_buttons.js';

const film = new GrowingFilm(startPlayers());
startSeekButtons();

const processing = document.querySelector('[data-processing]');
if (processing) {
  const bar = processing.querySelector('progress');
  const text = processing.querySelector('[data-processing-words]');
  const estimate = processing.querySelector('[data-processing-estimate]');
  const ahead = processing.querySelector('[data-processing-ahead]');
  const [, base, id] = processing.dataset.processing.match(/^(.*\/)assets\/(.+)$/);
  const done = await follow(new Api(base, ''), id, (asset) => {
    bar.value = asset.processing.progress;
    const now = words(asset.processing);
    if (text.textContent !== now) text.textContent = now;
    estimate.textContent = expectation(asset.processing);
    if (ahead) ahead.textContent = asset.processing.ahead ? say('ahead', { count: asset.processing.ahead }) : '';
    film.show(asset, processing.querySelector('[data-playable]'));
  });
  if (film.passOver(done)) processing.querySelector('[data-whole]').hidden = false;
  else window.location.reload();
}
