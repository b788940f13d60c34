// Follows the processing of an asset until it ends.

import { moment, say } from './strings.js';
import { pause, retrying } from './retrying.js';

const FASTEST = 1;
const SLOWEST = 5;

/** What to say of `processing` as the API tells it. */
export function words(processing) {
  return say(processing.state, { percent: processing.progress, message: processing.message });
}

/** When it is expected to be ready, as the API tells it of one asset. */
export function expectation(processing) {
  if (processing.standing === 'unserved') return say('unserved');
  if (!processing.estimated_ready_at) return say('expectedUnknown');
  return say('expected', { date: moment(processing.estimated_ready_at) });
}

/** Calls `onChange(asset)` with every answer and resolves with the last one: ready or rejected. */
export async function follow(api, assetId, onChange, signal) {
  for (let wait = FASTEST; ; wait = Math.min(SLOWEST, wait * 1.3)) {
    const asset = await retrying(() => api.call('GET', `assets/${assetId}`, { signal }), { signal });
    onChange(asset);
    if (['ready', 'rejected'].includes(asset.processing?.state ?? 'ready')) return asset;
    await pause(wait, signal);
  }
}
