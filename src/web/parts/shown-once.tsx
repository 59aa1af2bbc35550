// What is shown when it is made and never again, such as an address or a token that is a secret: to be copied now.

import { words } from "../words.ts";
import { CopyField } from "./copy-field.tsx";
import { Dialog } from "./dialog.tsx";

interface ShownOnceProps {
  title: string;
  text: string;
  label: string;
  value: string;
  onClose(): void;
}

export function ShownOnce({ title, text, label, value, onClose }: ShownOnceProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="form">
        <p>{text}</p>
        <CopyField label={label} value={value} />
        <div class="row end">
          <button type="button" class="button" onClick={onClose}>
            {words.done}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
