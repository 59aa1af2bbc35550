// The log-in.

import { useRef } from "preact/hooks";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { logIn } from "../state/account.ts";
import { instance } from "../state/instance.ts";
import { go, place } from "../state/places.ts";
import { words } from "../words.ts";
import { DoorPage } from "./door-page.tsx";
import type { Inviting } from "./invited.tsx";

const FIELDS = ["username", "password"];

/** `invited`: where to, if it is an invite that they came by. */
export function LogIn({ invited = null }: { invited?: Inviting }) {
  const password = useRef<HTMLInputElement>(null);
  const { refusal, is_busy, onSubmit } = useSubmit(async (values) => {
    try {
      await logIn(values["username"] ?? "", values["password"] ?? "");
    } catch (error) {
      password.current?.focus();
      throw error;
    }
    if (place.value.at === "login") go("/", { replace: true });
  });
  return (
    <DoorPage title={words.door.welcome(instance.value.name)} text={words.door.log_in_text} invited={invited}>
      <div class="sheet">
        <Form action={words.door.log_in} fields={FIELDS} is_wide {...{ refusal, is_busy, onSubmit }}>
          <Field
            name="username"
            label={words.name}
            autoComplete="username"
            autoCapitalize="none"
            autoFocus
            refusal={refusal}
          />
          <Field
            ref={password}
            name="password"
            label={words.password}
            type="password"
            autoComplete="current-password"
            refusal={refusal}
          />
        </Form>
      </div>
      <p class="other">
        <a href="/register">{words.door.create_account_link}</a>
        {instance.value.sends_mail && <a href="/reset">{words.door.forgot}</a>}
      </p>
    </DoorPage>
  );
}
