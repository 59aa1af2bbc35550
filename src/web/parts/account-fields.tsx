// What is asked for of an account, wherever it is asked for: a name and a password for a new one, the password that one
// has, a new one.

import { words } from "../words.ts";
import { Field, type Refusal } from "./form.tsx";

interface FieldProps {
  refusal: Refusal | null;
}

export function NewAccountFields({ refusal }: FieldProps) {
  return (
    <>
      <Field
        name="username"
        label={words.name}
        hint={words.door.name_hint}
        autoComplete="username"
        autoCapitalize="none"
        autoFocus
        refusal={refusal}
      />
      <NewPassword name="password" label={words.password} refusal={refusal} />
    </>
  );
}

export function NewPassword({ label, ...field }: FieldProps & { name: string; label: string; autoFocus?: boolean }) {
  return <Field label={label} hint={words.door.password_hint} type="password" autoComplete="new-password" {...field} />;
}

export function CurrentPassword({ label, refusal }: FieldProps & { label: string }) {
  return <Field name="password" label={label} type="password" autoComplete="current-password" refusal={refusal} />;
}
