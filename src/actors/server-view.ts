// How a server looks on the wire: to its members, from its room, and to whoever has just made it, from their session.

import type { Server } from "../domain/community.ts";
import type * as wire from "../protocol/community/entities.ts";

export function serverView({
  id,
  name,
  image,
  description,
  num_members,
  created_at,
  owner_id,
  locked_at,
  joins,
}: Server): wire.Server {
  const created_date = new Date(created_at).toISOString();
  return { id, name, image, description, num_members, created_date, owner_id, locked: locked_at !== null, joins };
}
