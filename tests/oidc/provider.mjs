// A real OpenID provider (oidc-provider) on a free port of this machine, for the tests.
//
// Everybody who comes is logged in as `hanako` and has consented. The address is printed on the
// first line; the process ends with its standard input.

import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , folder, redirect] = process.argv;
const library = join(folder, 'node_modules/oidc-provider/lib/index.js');
const { default: Provider } = await import(pathToFileURL(library));

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'banso',
      client_secret: 'hush-hush-hush: a secret of the tests, 100% invented',
      redirect_uris: [redirect],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  claims: { openid: ['sub', 'banso_role'] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, banso_role: ['staff-of-the-chamber', 'advisor'] }),
  }),
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
});

async function grant(details) {
  const made = new provider.Grant({
    accountId: details.session.accountId,
    clientId: details.params.client_id,
  });
  made.addOIDCScope('openid');
  return made.save();
}

const answer = provider.callback();
server.on('request', async (request, response) => {
  if (!request.url.startsWith('/interaction/')) {
    answer(request, response);
    return;
  }
  const details = await provider.interactionDetails(request, response);
  const result =
    details.prompt.name === 'login'
      ? { login: { accountId: 'hanako' } }
      : { consent: { grantId: await grant(details) } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
});

console.log(issuer);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
