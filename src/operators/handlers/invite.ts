// What the operations on invites to make an account do. The log of operations has no code: it is what lets somebody in.

import { randomUUID } from "node:crypto";
import type { RegistrationInvite } from "../../db/queries/registration-invites.ts";
import { limits } from "../../domain/limits.ts";
import { DAY_MS } from "../../domain/moments.ts";
import { failure, success } from "../../protocol/outcome.ts";
import { carryOut } from "../audit.ts";
import type { OperationHandlers } from "../catalogue.ts";
import { missing } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";
import { timeOf } from "./accounts.ts";

export function inviteHandlers(
  on: OperatorServices,
): OperationHandlers<"invite.add" | "invite.list" | "invite.delete"> {
  const { registrationInvites } = on.store;
  return {
    async "invite.add"({ uses, days }, by) {
      if ((await registrationInvites.count()) >= limits.registration_invites) return tooMany();
      const created_at = on.clock();
      const invite = {
        ...{ code: newCode(), creator_id: by.door === "http" ? by.id : null, created_at },
        ...{ expires_at: days === undefined ? null : created_at + days * DAY_MS, max_uses: uses ?? null },
      };
      const details = { uses: uses ?? null, days: days ?? null };
      return carryOut(
        on,
        { type: "invite.add", by, details },
        {
          write: () => registrationInvites.create(invite),
          answer: () => success({ invite: shown(on, { ...invite, uses: 0 }) }),
        },
      );
    },

    async "invite.list"() {
      const invites = await registrationInvites.list(limits.registration_invites);
      return success({ invites: invites.map((invite) => shown(on, invite)) });
    },

    async "invite.delete"({ code }, by) {
      if (!(await registrationInvites.has(code))) return missing("invite", JSON.stringify(code));
      return carryOut(
        on,
        { type: "invite.delete", by },
        { write: () => registrationInvites.remove(code), answer: () => success({}) },
      );
    },
  };
}

const tooMany = () =>
  failure("limit_reached", `There are ${limits.registration_invites} invites: delete some first.`, {
    limit: "registration_invites",
  });

/** 122 bits of chance. */
const newCode = () => randomUUID().replaceAll("-", "");

function shown({ store }: OperatorServices, { created_at, expires_at, ...invite }: RegistrationInvite) {
  return {
    ...invite,
    url: store.publicUrl(`/invite/${invite.code}`),
    created_date: timeOf(created_at),
    expires_date: expires_at === null ? null : timeOf(expires_at),
  };
}
