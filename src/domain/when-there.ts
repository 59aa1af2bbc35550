// Going on with what may be there already. Most of what a message needs is in memory, and a promise for it would cost
// more than what is done with it.

/** Goes on with the value in this turn where it is there, else when it has come. */
export function whenThere<Value, Result>(
  value: Value | Promise<Value>,
  goOn: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}
