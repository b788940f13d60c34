// Chapters and the times of a transcript lead to their place in the player above them.

import { play } from './player_keys.js';

export function startSeekButtons() {
  const media = document.querySelector('[data-player] video, [data-player] audio');
  if (!media) return;
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('[data-seek]');
    if (!button) return;
    media.currentTime = Number(button.dataset.seek);
    play(media);
  });
}
