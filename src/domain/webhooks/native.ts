// What programs say that know this server: `{content, username?, avatar_url?}`.

import { fieldsOf, type Said, saidOf, textOf } from "./said.ts";

export function nativeSaid(body: unknown): Said | null {
  const { content, username, avatar_url } = fieldsOf(body);
  return saidOf(textOf(content), username, avatar_url);
}
