// Tokens: JWTs bound to a login row. HS256 and nothing else, signed with one secret. A token that this file finds good
// is only a claim; whether its login still stands, the database says.

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { decodeProtectedHeader, errors, SignJWT, UnsecuredJWT } from "jose";
import type { Claims } from "../actors/session/authenticator.ts";

const ALGORITHM = "HS256";
const ISSUER = "orchard";
const REQUIRED = ["sub", "jti", "exp"];
/** As jose words it for a token that it signs. */
const HEADER = Buffer.from(JSON.stringify({ alg: ALGORITHM })).toString("base64url");

export interface Tokens {
  /** `expires_ms` in Unix milliseconds; the token carries whole seconds. */
  sign(claims: Claims, expires_ms: number): Promise<string>;
  /** Null when the token isn't ours, is malformed or has expired. */
  verify(token: string): Claims | null;
}

/** Reads the time from `clock`, Unix milliseconds. */
export function createTokens(secret: string, clock: () => number): Tokens {
  const bytes = new TextEncoder().encode(secret);
  const key = createSecretKey(bytes);
  // At once, where jose would import the key and hand each token to another thread.
  const signatureOf = (signed: string) => createHmac("sha256", key).update(signed).digest("base64url");
  return {
    sign: ({ user_id, login }, expires_ms) =>
      new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(String(user_id))
        .setJti(String(login))
        .setIssuedAt(Math.floor(clock() / 1000))
        .setExpirationTime(Math.floor(expires_ms / 1000))
        .sign(bytes),

    verify(token) {
      const [header, payload, signature, ...more] = token.split(".");
      if (!header || !payload || !signature || more.length > 0) return null;
      if (!isSame(signature, signatureOf(`${header}.${payload}`))) return null;
      if (header !== HEADER && !isOurs(token)) return null;
      return claimsIn(payload, clock());
    },
  };
}

/** Whether its header names our algorithm, and nothing that one would have to understand. */
function isOurs(token: string): boolean {
  try {
    const { alg, crit } = decodeProtectedHeader(token);
    return alg === ALGORITHM && crit === undefined;
  } catch {
    return false;
  }
}

/** However far they are the same, it takes the same time. */
function isSame(one: string, other: string): boolean {
  const [bytes, others] = [Buffer.from(one), Buffer.from(other)];
  return bytes.length === others.length && timingSafeEqual(bytes, others);
}

/** What was signed, as jose reads the claims of a token, which it does without a signature too. */
function claimsIn(payload: string, now_ms: number): Claims | null {
  try {
    const options = { issuer: ISSUER, currentDate: new Date(now_ms), requiredClaims: REQUIRED };
    const { sub, jti } = UnsecuredJWT.decode(`${UNSIGNED}.${payload}.`, options).payload;
    const [user_id, login] = [Number(sub), Number(jti)];
    return Number.isSafeInteger(user_id) && Number.isSafeInteger(login) ? { user_id, login } : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** The header of a token that isn't signed. */
const [UNSIGNED] = new UnsecuredJWT().encode().split(".");
