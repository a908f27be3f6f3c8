// A real Bluesky server (PDS) and its directory (PLC, in memory), on loopback only; prints one JSON line when ready.
// Arguments: the folder that holds node_modules, the folder for its data, the port of the PDS, the port of the PLC,
// the address of the AppView.
import crypto from 'node:crypto'
import http from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, data, pdsPort, plcPort, appview] = process.argv.slice(2)
const require = createRequire(path.join(modules, 'package.json'))

// Neither server takes a host to listen on: without this they would listen on every interface.
const listen = http.Server.prototype.listen
http.Server.prototype.listen = function (port, ...rest) {
  if (typeof port !== 'number') return listen.call(this, port, ...rest)
  return listen.call(this, { port, host: '127.0.0.1' }, ...rest.filter((one) => typeof one === 'function'))
}

const plc = require('@did-plc/server')
const directory = plc.PlcServer.create({ db: plc.Database.mock(), port: Number(plcPort) })
await directory.start()

const { PDS, envToCfg, envToSecrets } = await import(pathToFileURL(require.resolve('@atproto/pds')))
const settings = {
  devMode: true,
  port: Number(pdsPort),
  hostname: 'localhost',
  dataDirectory: data,
  blobstoreDiskLocation: path.join(data, 'blobs'),
  adminPassword: crypto.randomBytes(16).toString('hex'),
  jwtSecret: crypto.randomBytes(16).toString('hex'),
  dpopSecret: crypto.randomBytes(32).toString('hex'),
  plcRotationKeyK256PrivateKeyHex: crypto.randomBytes(32).toString('hex'),
  didPlcUrl: `http://localhost:${plcPort}`,
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  disableSsrfProtection: true,
  crawlers: [],
  bskyAppViewUrl: appview,
  bskyAppViewDid: 'did:example:invalid',
  bskyAppViewCdnUrlPattern: `${appview}/%s/%s/%s`,
  rateLimitsEnabled: false,
}
const server = await PDS.create(envToCfg(settings), envToSecrets(settings))
await server.start()
console.log(JSON.stringify({ ready: true }))

process.on('SIGTERM', async () => {
  await server.destroy()
  await directory.destroy()
  process.exit(0)
})
