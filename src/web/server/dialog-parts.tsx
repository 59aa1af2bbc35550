// What the dialogs of channels, categories and roles have in common: a name, a position, and the end of it.

import { Field, type Refusal } from "../parts/form.tsx";
import { attempt } from "../state/notices.ts";

interface FieldProps {
  label: string;
  refusal: Refusal | null;
}

export function NameField({ value, ...field }: FieldProps & { value: string }) {
  return <Field name="name" defaultValue={value} autoComplete="off" autoFocus {...field} />;
}

export function PositionField({ value, ...field }: FieldProps & { value: number; min: number }) {
  return <Field name="position" type="number" max={10000} defaultValue={value} {...field} />;
}

export function Deletion({
  label,
  hint,
  onDelete,
  onClose,
}: {
  label: string;
  hint: string;
  onDelete(): Promise<unknown>;
  onClose(): void;
}) {
  const end = async () => {
    if (await attempt(onDelete())) onClose();
  };
  return (
    <div class="form">
      <p class="hint">{hint}</p>
      <button type="button" class="button danger" onClick={() => void end()}>
        {label}
      </button>
    </div>
  );
}
