// A certified identity provider for the tests: no password, whoever `login_hint` names (or a link on its page).
//   node provider.mjs PORT CLIENTS
// CLIENTS: a JSON list of the library's clients. POST /rotate makes it sign with a new key.
import http from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

const [port, clients] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
const nsis = (level) => `https://data.gov.dk/concept/core/nsis/${level}`
const ACCOUNTS = {
  plain: { name: 'Pia Prøve', email: 'pia@plain.example', email_verified: true },
  broker: {
    name: 'Bo Broker', idp: 'mitid_erhverv', identity_type: 'professional', loa: nsis('Substantial'),
    'nemlogin.cvr': '12345674', 'nemlogin.persistent_professional_id': 'urn:uuid:0f1e',
  },
  entra: { name: 'Ea Entra', tid: 'tenant-her', oid: 'oid-ea', roles: ['Forum.Staff'], ver: '2.0' },
}
const SHOWN = [...new Set(Object.values(ACCOUNTS).flatMap(Object.keys))]

async function newKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: crypto.randomUUID() }
}

function makeProvider(jwks) {
  const provider = new Provider(issuer, {
    clients: JSON.parse(clients),
    jwks,
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub', ...SHOWN] },
    conformIdTokenClaims: false,
    findAccount: (ctx, id) => ACCOUNTS[id] && { accountId: id, claims: () => ({ sub: `sub-${id}`, ...ACCOUNTS[id] }) },
    interactions: { url: (ctx, interaction) => `/login/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          ctx.body = `<!doctype html><html lang="en"><title>Log ud</title><h1>Log ud?</h1>${form}<button form="op.logoutForm" name="logout" value="yes">Ja</button></html>`
        },
      },
    },
    // It else tells nobody on this machine that somebody has signed out.
    fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }),
    ttl: { AccessToken: 600, IdToken: 600, Session: 3600, Grant: 3600, Interaction: 600, AuthorizationCode: 60 },
  })
  provider.on('backchannel.error', (ctx, error) => process.stderr.write(`${error}\n`))
  return provider
}

let provider = makeProvider({ keys: [await newKey()] })
let answer = provider.callback()

async function logIn(request, response) {
  const interaction = await provider.interactionDetails(request, response)
  const chosen = new URL(request.url, issuer).searchParams.get('u') ?? interaction.params.login_hint
  if (!ACCOUNTS[chosen]) {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    const links = Object.keys(ACCOUNTS).map((id) => `<li><a href="?u=${id}">${id}</a></li>`).join('')
    response.end(`<!doctype html><html lang="en"><title>Log in</title><h1>Log in</h1><ul>${links}</ul></html>`)
    return
  }
  const grant = new provider.Grant({ accountId: chosen, clientId: interaction.params.client_id })
  grant.addOIDCScope(interaction.params.scope)
  const result = { login: { accountId: chosen }, consent: { grantId: await grant.save() } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
}

http.createServer(async (request, response) => {
  try {
    if (request.url.startsWith('/login/')) return await logIn(request, response)
    if (request.url === '/rotate') {
      provider = makeProvider({ keys: [await newKey()] })
      answer = provider.callback()
      return response.end('rotated')
    }
    return answer(request, response)
  } catch (error) {
    response.statusCode = 400
    response.end(String(error))
  }
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
