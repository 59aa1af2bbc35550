// Tokens: JWTs bound to a login row. HS256 and nothing else, signed with one secret. A token that this file finds good
// is only a claim; whether its login still stands, the database says.

import { errors, jwtVerify, SignJWT } from "jose";
import type { Claims } from "../actors/session/authenticator.ts";

const ALGORITHM = "HS256";
const ISSUER = "orchard";

export interface Tokens {
  /** `expires_ms` in Unix milliseconds; the token carries whole seconds. */
  sign(claims: Claims, expires_ms: number): Promise<string>;
  /** Null when the token isn't ours, is malformed or has expired. */
  verify(token: string): Promise<Claims | null>;
}

/** Reads the time from `clock`, Unix milliseconds. */
export function createTokens(secret: string, clock: () => number): Tokens {
  const key = new TextEncoder().encode(secret);
  return {
    sign: ({ user_id, login }, expires_ms) =>
      new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(String(user_id))
        .setJti(String(login))
        .setIssuedAt(Math.floor(clock() / 1000))
        .setExpirationTime(Math.floor(expires_ms / 1000))
        .sign(key),

    async verify(token) {
      try {
        const options = { algorithms: [ALGORITHM], issuer: ISSUER, currentDate: new Date(clock()) };
        const { payload } = await jwtVerify(token, key, { ...options, requiredClaims: ["sub", "jti", "exp"] });
        const [user_id, login] = [Number(payload.sub), Number(payload.jti)];
        return Number.isSafeInteger(user_id) && Number.isSafeInteger(login) ? { user_id, login } : null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}
