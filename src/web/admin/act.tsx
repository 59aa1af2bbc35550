// Something that is done about somebody or something: what it will do, what it wants to know, and the doing.

import type { ComponentChildren } from "preact";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit, type Values } from "../parts/form.tsx";
import { words } from "../words.ts";

export interface ActField {
  name: string;
  label: string;
  hint?: string;
  type?: "text" | "password" | "number";
}

export const own_password: ActField = { name: "password", label: words.admin.users.your_password, type: "password" };

interface ActProps {
  title: string;
  text?: string;
  action: string;
  fields: readonly ActField[];
  is_danger?: boolean;
  children?: ComponentChildren;
  run(values: Values): Promise<void>;
  onClose(): void;
}

export function Act({ title, text, action, fields, is_danger, children, run, onClose }: ActProps) {
  const submit = useSubmit(run);
  return (
    <Dialog title={title} onClose={onClose}>
      <Form action={action} fields={fields.map(({ name }) => name)} is_danger={is_danger} {...submit}>
        {text && <p>{text}</p>}
        {fields.map(({ name, label, hint, type = "text" }, at) => (
          <Field
            key={name}
            {...{ name, label, hint, type }}
            autoFocus={at === 0}
            autoComplete={type === "password" ? "current-password" : "off"}
            refusal={submit.refusal}
          />
        ))}
        {children}
      </Form>
    </Dialog>
  );
}
