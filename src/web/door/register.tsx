// Making an account, with an invitation or without. Somebody who was invited and has an account logs in instead, and
// is asked then whether they want to join.

import { useState } from "preact/hooks";
import { NewAccountFields } from "../parts/account-fields.tsx";
import { Form, useSubmit } from "../parts/form.tsx";
import { register } from "../state/account.ts";
import { came_by } from "../state/came-by.ts";
import { instance } from "../state/instance.ts";
import { go } from "../state/places.ts";
import { words } from "../words.ts";
import { DoorPage } from "./door-page.tsx";
import { useInvite } from "./invited.tsx";
import { LogIn } from "./log-in.tsx";

const FIELDS = ["username", "password"];

export function Register({ invite }: { invite: string | null }) {
  const [has_account, setHasAccount] = useState(false);
  const { refusal, is_busy, onSubmit } = useSubmit(async (values) => {
    const [username = "", password = ""] = [values["username"], values["password"]];
    if (invite) came_by.value = invite;
    await register({ username, password, ...(invite && { invite }) });
    if (!invite) go("/", { replace: true });
  });
  const invited = useInvite(invite);
  if (has_account) return <LogIn invited={invited} />;
  const title = invite ? words.door.invited : words.door.create_account;
  return (
    <DoorPage
      title={title}
      text={invite ? words.door.invited_text : words.door.register_text(instance.value.name)}
      invited={invited}
    >
      <div class="sheet">
        <Form action={words.door.create_account} fields={FIELDS} is_wide {...{ refusal, is_busy, onSubmit }}>
          <NewAccountFields refusal={refusal} />
        </Form>
      </div>
      <p>
        {words.door.has_account}{" "}
        {invite ? (
          <button
            type="button"
            class="as-link"
            onClick={() => {
              came_by.value = invite;
              setHasAccount(true);
            }}
          >
            {words.door.log_in}
          </button>
        ) : (
          <a href="/login">{words.door.log_in}</a>
        )}
      </p>
    </DoorPage>
  );
}
