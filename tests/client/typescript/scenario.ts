// What a portal's programmer does with the generated types: the same steps as tests/client/scenario.py, the same facts.
// Every path, parameter, body and answer is checked by the compiler against the API's document.
import createClient from 'openapi-fetch';
import type { components, paths } from './api';

type Summary = components['schemas']['FoundAsset']; // without `fields` every answer is whole
type Detail = components['schemas']['ReadAsset'];
declare const process: { env: Record<string, string>; stdout: { write(text: string): void } };
const { SERVER, TOKEN, ASSET, AGENCY } = process.env as { SERVER: string; TOKEN: string; ASSET: string; AGENCY: string };

const api = createClient<paths>({ baseUrl: SERVER, headers: { Authorization: `Bearer ${TOKEN}`, 'Accept-Language': 'vi' } });
const at = { params: { path: { asset_id: ASSET } } };

function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

async function everything(query: { search?: string; kind?: 'photo' | 'video' }): Promise<Summary[]> {
  const found: Summary[] = [];
  let cursor: string | undefined;
  do {
    const page = must(await api.GET('/api/v1/assets', { params: { query: { ...query, page_size: 2, ...(cursor ? { cursor } : {}) } } }));
    found.push(...(page.results as Summary[]));
    cursor = page.next ? new URL(page.next).searchParams.get('cursor') ?? undefined : undefined;
  } while (cursor);
  return found;
}

const facts: Record<string, unknown> = {};

const session = must(await api.GET('/api/v1/session'));
facts.agencies = session.upload_agencies.map((agency) => agency.code);

facts.titles = (await everything({})).map((asset) => asset.title);
facts.found = (await everything({ search: 'cau long bien', kind: 'photo' })).map((asset) => asset.title);

const first = await api.GET('/api/v1/assets/{asset_id}', at);
const asset = must(first) as Detail;
const etag = first.response.headers.get('ETag') ?? '';
facts.asset = { kind: asset.kind, state: asset.state, audience: asset.audience, may_publish: asset.may.publish.allowed, texts: Object.keys(asset.texts) };
const again = await api.GET('/api/v1/assets/{asset_id}', { params: { ...at.params, header: { 'If-None-Match': etag } } });
facts.unchanged = again.response.status === 304;

const edited = await api.PATCH('/api/v1/assets/{asset_id}', {
  params: { ...at.params, header: { 'If-Match': etag } },
  body: { texts: { en: { title: 'Long Bien bridge' } }, audience: 'public' },
});
facts.edited = must(edited).texts['en']?.title;
const late = await api.PATCH('/api/v1/assets/{asset_id}', {
  params: { ...at.params, header: { 'If-Match': etag } },
  body: { credit_line: 'Too late' },
});
facts.late = [late.response.status, late.error && 'code' in late.error ? late.error.code : null];

const collection = must(await api.POST('/api/v1/collections', { body: { agency: AGENCY, title: 'Cầu và sông' } }));
must(await api.POST('/api/v1/collections/{collection_id}/items', { params: { path: { collection_id: collection.id } }, body: { asset: ASSET } }));
const items = must(await api.GET('/api/v1/collections/{collection_id}/items', { params: { path: { collection_id: collection.id } } }));
facts.items = items.results.map((item) => item.title);

facts.published = must(await api.POST('/api/v1/assets/{asset_id}/publish', at)).state;
const renditions = must(await api.GET('/api/v1/assets/{asset_id}/renditions', at)).results;
const one = renditions[0];
if (!one) throw new Error('no rendition');
facts.rendition = { profile: one.profile, media_type: one.media_type, whole: (await (await fetch(one.url)).arrayBuffer()).byteLength === one.size };
const original = must(await api.GET('/api/v1/assets/{asset_id}/download', { params: { ...at.params, query: { profile: 'original' } } }));
const bytes = await (await fetch(original.url)).arrayBuffer();
const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
facts.original = digest === original.sha256;

const nowhere = await api.GET('/api/v1/assets/{asset_id}', { params: { path: { asset_id: '01900000-0000-7000-8000-000000000000' } } });
facts.nowhere = [nowhere.response.status, nowhere.error && 'code' in nowhere.error ? nowhere.error.code : null];
const unknown = await api.GET('/api/v1/assets', { params: { query: { colour_of_the_moon: 'red' } as Record<string, string> } });
facts.unknown = [unknown.response.status, unknown.error && 'code' in unknown.error ? unknown.error.code : null];

facts.withdrawn = must(await api.POST('/api/v1/assets/{asset_id}/withdraw', { ...at, body: { reason: 'Nhầm ảnh' } })).state;
facts.gone = (await fetch(one.url)).status;

process.stdout.write(JSON.stringify(facts));
