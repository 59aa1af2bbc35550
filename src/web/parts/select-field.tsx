// A choice among few, with its label.

import { useId } from "preact/hooks";

export interface SelectFieldProps<Value extends string | number> {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, name: string])[];
  name?: string;
  hint?: string;
  onChoose?(value: Value): void;
}

export function SelectField<Value extends string | number>({
  label,
  value,
  options,
  name,
  hint,
  onChoose,
}: SelectFieldProps<Value>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        class="input"
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={({ currentTarget }) => {
          const chosen = options.find(([one]) => String(one) === currentTarget.value);
          if (chosen) onChoose?.(chosen[0]);
        }}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
