// A real OpenID Connect provider (npm: oidc-provider) on loopback. Everybody who names an account is that account.
// Usage: node server.mjs PORT CONFIG.json; prints "ready" once it listens. Accounts are read anew at each sign-in.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [port, path, packages] = process.argv.slice(2);
const { default: Provider } = await import(
  pathToFileURL(createRequire(`${packages}/`).resolve('oidc-provider')).href
);
const config = () => JSON.parse(readFileSync(path, 'utf8'));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'mediacenter',
    client_secret: config().secret,
    redirect_uris: [config().redirect_uri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  scopes: ['openid', 'email', 'profile', 'groups'],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...config().accounts[id] }) }),
  cookies: { keys: ['only for tests'] },
});

// The sign-in page: the account is the one that the test wrote into "signing_in".
provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) return next();
  const { params, prompt, grantId } = await provider.interactionDetails(context.req, context.res);
  const accountId = config().signing_in;
  if (prompt.name === 'login') {
    return provider.interactionFinished(context.req, context.res, { login: { accountId } });
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(context.req, context.res, { consent: { grantId: await grant.save() } });
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
