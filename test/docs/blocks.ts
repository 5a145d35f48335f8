import { readFileSync } from 'node:fs'

/** Makes each block of a page anew, from `<!-- made: NAME -->` to `<!-- end -->`. */
export function withBlocks(file: string, blocks: Readonly<Record<string, () => string>>): string {
  return readFileSync(file, 'utf8').replace(
    /(<!-- made: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const block = blocks[name]
      if (!block) throw new Error(`${file} has a block that nothing makes: ${name}`)
      return `${begin}${block()}${end}`
    },
  )
}

/** Where figures are from: the command, the day and the machine. */
export function origin({ command, date, machine = {} }: Partial<Run>): string {
  const facts = Object.entries(machine).map(([name, value]) => `${name}: ${value}`)
  return `\`${command}\`, ${date}${facts.map((fact) => `; ${fact}`).join('')}.\n\n`
}

export interface Run {
  readonly command: string
  readonly date: string
  readonly machine: Readonly<Record<string, unknown>>
}
