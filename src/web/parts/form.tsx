// Forms: fields with their label, and what the server says against one beside it.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { RequestError } from "../../client/index.ts";

export type Values = Readonly<Record<string, string>>;

export interface Refusal {
  message: string;
  /** The name of the field that it is about, where it is known. */
  field: string | null;
}

/** Which field a refusal is about: the last part of the path that it names. */
export function refusalOf(error: RequestError): Refusal {
  const path = (error.details as { path?: string }).path;
  return { message: error.message, field: path?.split(/[./]/).at(-1) ?? null };
}

export interface FormProps {
  children: ComponentChildren;
  action: string;
  /** Where the refusal isn't about a field that is shown, it stands above the button. */
  fields: readonly string[];
  refusal: Refusal | null;
  is_busy: boolean;
  is_wide?: boolean;
  is_danger?: boolean;
  /** What it needs isn't chosen yet. */
  is_disabled?: boolean;
  onSubmit(values: Values): void;
}

export function Form({
  children,
  action,
  fields,
  refusal,
  is_busy,
  is_wide,
  is_danger,
  is_disabled,
  onSubmit,
}: FormProps) {
  const is_general = refusal && !(refusal.field && fields.includes(refusal.field));
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const entries = [...new FormData(event.currentTarget as HTMLFormElement)];
        if (!is_busy && !is_disabled)
          onSubmit(Object.fromEntries(entries.map(([name, value]) => [name, String(value)])));
      }}
    >
      {children}
      {is_general && (
        <p class="alert" role="alert">
          {refusal.message}
        </p>
      )}
      <button
        type="submit"
        class={`button go${is_wide ? " wide" : ""}${is_danger ? " danger" : ""}`}
        disabled={is_busy || is_disabled}
      >
        {action}
      </button>
    </form>
  );
}

/** Runs what a form is for, one at a time, and keeps what was said against it. */
export function useSubmit(run: (values: Values) => Promise<void>) {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [is_busy, setBusy] = useState(false);
  const onSubmit = async (values: Values) => {
    setBusy(true);
    setRefusal(null);
    try {
      await run(values);
    } catch (error) {
      setRefusal(refusalOf(error as RequestError));
    }
    setBusy(false);
  };
  return { refusal, is_busy, onSubmit: (values: Values) => void onSubmit(values) };
}

interface InputProps {
  type?: "text" | "password" | "email" | "date" | "number" | "color";
  autoComplete?: string;
  autoCapitalize?: "none";
  autoFocus?: boolean;
  placeholder?: string;
  maxLength?: number;
  min?: number;
  max?: number;
  value?: string | number;
  defaultValue?: string | number;
  disabled?: boolean;
  ref?: preact.RefObject<HTMLInputElement | null>;
  onInput?: preact.JSX.IntrinsicElements["input"]["onInput"];
}

export function Field({
  name,
  label,
  hint,
  refusal,
  ...input
}: { name: string; label: string; hint?: string | undefined; refusal?: Refusal | null } & InputProps) {
  const id = useId();
  const fault = refusal?.field === name ? refusal.message : null;
  const attributes = input as preact.JSX.IntrinsicElements["input"];
  const described = fault ? `${id}-fault` : hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        class="input"
        id={id}
        name={name}
        aria-invalid={fault ? true : undefined}
        aria-describedby={described}
        {...attributes}
      />
      {fault ? (
        <p class="fault" id={`${id}-fault`} role="alert">
          {fault}
        </p>
      ) : (
        hint && (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

export function TextArea({
  name,
  label,
  ...rest
}: { name: string; label: string } & Omit<preact.JSX.IntrinsicElements["textarea"], "name" | "label">) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea class="input" id={id} name={name} {...rest} />
    </div>
  );
}
