// The server that an invite leads to, as it is shown before one is in it, also to who isn't logged in yet.

import { useEffect, useState } from "preact/hooks";
import { type InvitingServer, type RequestError, readInvite } from "../../client/index.ts";
import { Avatar } from "../parts/avatar.tsx";
import { url } from "../state/account.ts";
import { words } from "../words.ts";

/** `nowhere`: into no server, though it may be an invite to the instance. Null: it can't be told. */
export type Inviting = InvitingServer | "asking" | "nowhere" | null;

export function Invited({ server: { id, name, image, num_members } }: { server: InvitingServer }) {
  return (
    <>
      <Avatar id={id} name={name} picture={image} size={72} is_server />
      <h1>
        <bdi>{name}</bdi>
      </h1>
      <p class="hint">{words.door.members(num_members)}</p>
    </>
  );
}

/** As much room as it takes. */
export const InvitedSkeleton = () => (
  <div class="invited-skeleton" aria-hidden="true">
    <span class="skeleton" />
    <span class="skeleton" />
    <span class="skeleton" />
  </div>
);

export function useInvite(code: string | null): Inviting {
  const [inviting, setInviting] = useState<Inviting>(code ? "asking" : null);
  useEffect(() => {
    if (!code) return;
    setInviting("asking");
    readInvite({ url, code }).then(setInviting, (error: RequestError) =>
      setInviting(error.code === "not_found" ? "nowhere" : null),
    );
  }, [code]);
  return inviting;
}
