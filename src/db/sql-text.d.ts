// SQL files are imported as text, so that they are part of the built program.
// Holds for imports with `{ type: "text" }` only; nothing else may import a `.sql` file.

declare module "*.sql" {
  const text: string;
  export default text;
}
