// What can be done with an account, each with what it asks before.

import { useState } from "preact/hooks";
import { copy } from "../parts/copy-field.tsx";
import { Dialog } from "../parts/dialog.tsx";
import type { Values } from "../parts/form.tsx";
import type { Action } from "../parts/menu.tsx";
import { callAdmin } from "../state/admin.ts";
import { say } from "../state/notices.ts";
import { words } from "../words.ts";
import { Act, type ActField, own_password } from "./act.tsx";
import type { AdminUser } from "./users.tsx";

const text = words.admin.users;

export type UserAct = "suspend" | "unsuspend" | "log_out" | "link" | "make_admin" | "unmake_admin" | "delete";

interface Literal {
  text?: string;
  fields: readonly ActField[];
  is_danger?: boolean;
  call(id: number, values: Values): Promise<{ link?: string | null }>;
}

const post = (id: number, what: string, given: object = {}) =>
  callAdmin<{ link?: string | null }>("POST", `/admin/users/${id}/${what}`, given);

const filled = (values: Values, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, values[name]?.trim()]).filter(([, value]) => value));

const literals: Record<UserAct, Literal> = {
  suspend: {
    text: text.suspend_text,
    fields: [
      { name: "reason", label: text.reason },
      { name: "until", label: text.until, hint: text.until_hint },
    ],
    is_danger: true,
    call: (id, values) => post(id, "suspend", filled(values, "reason", "until")),
  },
  unsuspend: { fields: [], call: (id) => post(id, "unsuspend") },
  log_out: { fields: [], call: (id) => post(id, "logout") },
  link: { text: text.link_text, fields: [], call: (id) => post(id, "password", { link: true }) },
  make_admin: { fields: [own_password], call: (id, { password }) => post(id, "admin", { admin: true, password }) },
  unmake_admin: { fields: [own_password], call: (id, { password }) => post(id, "admin", { admin: false, password }) },
  delete: {
    text: text.delete_text,
    fields: [own_password],
    is_danger: true,
    call: (id, { password, messages }) =>
      callAdmin("DELETE", `/admin/users/${id}`, { password, messages: messages === "on" }),
  },
};

export function userActs({ suspended, admin }: AdminUser): (Omit<Action, "run"> & { act: UserAct })[] {
  if (admin) return [{ act: "unmake_admin", name: text.unmake_admin, is_danger: true }];
  return [
    suspended ? { act: "unsuspend", name: text.unsuspend } : { act: "suspend", name: text.suspend, is_danger: true },
    { act: "log_out", name: text.log_out },
    { act: "link", name: text.link },
    { act: "make_admin", name: text.make_admin },
    { act: "delete", name: text.delete, is_danger: true },
  ];
}

interface DialogProps {
  user: AdminUser;
  act: UserAct;
  onDone(): void;
  onClose(): void;
}

export function UserActDialog({ user: { id, name }, act, onDone, onClose }: DialogProps) {
  const [link, setLink] = useState<string | null>(null);
  const { call, fields, ...literal } = literals[act];
  const run = async (values: Values) => {
    const answer = await call(id, values);
    onDone();
    if (answer.link) return setLink(answer.link);
    say(words.saved);
    onClose();
  };
  if (link) return <LinkDialog link={link} onClose={onClose} />;
  return (
    <Act
      title={`${text[act]}: ${name}`}
      text={literal.text}
      is_danger={literal.is_danger}
      action={text[act]}
      fields={fields}
      run={run}
      onClose={onClose}
    >
      {act === "delete" && (
        <label class="check">
          <input type="checkbox" name="messages" />
          {text.with_messages}
        </label>
      )}
    </Act>
  );
}

function LinkDialog({ link, onClose }: { link: string; onClose(): void }) {
  const whole = new URL(link, location.origin).href;
  return (
    <Dialog title={text.link} onClose={onClose}>
      <div class="row tight">
        <input class="input" readOnly aria-label={text.link} value={whole} />
        <button type="button" class="button go" onClick={() => void copy(whole)}>
          {words.side.copy}
        </button>
      </div>
    </Dialog>
  );
}
