// The API as the pages call it: JSON, the session's cookie, CSRF, and problems (RFC 9457) as errors.

/** A refusal of the API. `status` is HTTP's; `code` and `data` are the problem's; `retryAfter` in seconds or null. */
export class ApiProblem extends Error {
  constructor(status, body, retryAfter) {
    super(ApiProblem.sentence(body) || `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? '';
    this.data = body;
    this.retryAfter = retryAfter;
  }

  /** The sentences about single fields say more than the summary. */
  static sentence(body) {
    const fields = Object.values(body.errors ?? {}).flat().filter((each) => typeof each === 'string');
    return fields.length ? fields.join(' ') : (body.detail ?? body.title ?? '');
  }
}

export class Api {
  constructor(base, csrf) {
    this.base = base;
    this.csrf = csrf;
  }

  /** The decoded answer (null without a body). Throws ApiProblem, or TypeError when the network failed. */
  async call(method, path, { body, headers = {}, signal } = {}) {
    const response = await fetch(this.base + path, {
      method,
      signal,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        'Accept-Language': document.documentElement.lang,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRFToken': this.csrf }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const json = (response.headers.get('Content-Type') ?? '').includes('json');
    const answer = json ? await response.json() : null;
    if (!response.ok) {
      const after = Number(response.headers.get('Retry-After'));
      throw new ApiProblem(response.status, answer ?? {}, Number.isFinite(after) && after > 0 ? after : null);
    }
    return answer;
  }
}
