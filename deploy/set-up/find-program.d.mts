/** Returns the program's path; undefined where no folder has it. */
export function findProgram(name: string, folders?: readonly string[]): string | undefined
