// Reads presentations with somebody else's SD-JWT library (npm @sd-jwt/core, which follows RFC 9901 §7.1).
//
// One JSON object {"jwk": …, "presentation": …, "now": seconds} a line on stdin; for each a line on stdout,
// either {"ok": true, "claims": …} or {"ok": false, "error": <message>}. GUITU_FOREIGN_NODE names the
// folder that holds node_modules.

import { createHash, createPublicKey, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { SDJwtInstance } = createRequire(`${process.env.GUITU_FOREIGN_NODE}/`)('@sd-jwt/core');

const hasher = (data, algorithm) => createHash(algorithm.replace('-', '')).update(Buffer.from(data)).digest();

async function verdict(line) {
  const { jwk: { kty, crv, x }, presentation, now } = JSON.parse(line);
  const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
  const verifier = (data, signature) => verify(null, Buffer.from(data), key, Buffer.from(signature, 'base64url'));
  try {
    const reader = new SDJwtInstance({ hasher, hashAlg: 'sha-256', verifier });
    const { payload } = await reader.verify(presentation, { currentDate: now });
    return { ok: true, claims: payload };
  } catch (refusal) {
    return { ok: false, error: refusal.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await verdict(line)));
}
