// A browser's `PushSubscription`, as it is sent.

import { createECDH, randomBytes } from "node:crypto";

export const someKeys = () => ({
  p256dh: createECDH("prime256v1").generateKeys("base64url"),
  auth: randomBytes(16).toString("base64url"),
});

export const aSubscription = (name = randomBytes(6).toString("hex")) => ({
  ...{ endpoint: `https://push.example.org/${name}`, expirationTime: null, keys: someKeys() },
});
