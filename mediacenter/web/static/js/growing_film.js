// A film that is watched while it is still being processed: its player appears with the first pictures and goes over to
// the whole film when that is ready, at the same place.

import { Player } from './player.js';
import { clock, say } from './strings.js';

export class GrowingFilm {
  /** `players` of the page; one of them may play a growing film already. */
  constructor(players) {
    this.player = players.find((player) => player.isGrowing) ?? null;
  }

  /** Puts the player there once the API tells of something to watch, and says in `words` how much that is. */
  show({ playback, processing }, words) {
    if (!playback?.growing) return;
    const time = clock(Math.floor(playback.playable_seconds));
    words.textContent = say('playable', { time, percent: processing.playable });
    words.hidden = false;
    if (this.player) this.player.root.dataset.hls = playback.hls; // signed anew each time
    const template = document.querySelector('template[data-growing-player]');
    if (this.player || !template) return;
    const root = template.content.firstElementChild.cloneNode(true);
    root.dataset.hls = playback.hls;
    root.dataset.growing = '';
    document.querySelector('[data-work]').replaceChildren(root);
    this.player = new Player(root);
    this.player.start();
  }

  /** Whether somebody was watching, who now watches the whole film. */
  passOver({ playback }) {
    if (!this.player?.isWatched || !playback || playback.growing) return false;
    this.player.passOver(playback);
    return true;
  }
}
