import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

const DOCKERFILE = 'deploy/docker/Dockerfile'

export interface Instruction {
  readonly name: string
  readonly text: string
}

export function instructions(): Instruction[] {
  const lines = readFileSync(DOCKERFILE, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
  return [...lines.matchAll(/^([A-Z]+) +(.+)$/gm)].map(([, name = '', text = '']) => ({ name, text }))
}

/** The values of an environment that instructions set. */
export function environmentOf(all: readonly Instruction[]): Record<string, string> {
  const pairs = all.filter(({ name }) => name === 'ENV').flatMap(({ text }) => text.split(/ +/))
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))
}

/** Whether a file or folder is sent to the builder: of the patterns that have it or a folder around it, the last one decides. */
function isInContext(file: string): boolean {
  const patterns = readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8').split('\n')
  const deciding = patterns.filter((line) => {
    const pattern = line.replace(/^!/, '')
    return pattern === '*' || pattern === file || (pattern !== '' && file.startsWith(`${pattern}/`))
  })
  return patterns.some((line) => line.startsWith(`!${file}/`)) || (deciding.at(-1)?.startsWith('!') ?? true)
}

/**
 * Does what `docker build` does, in a folder and on this machine: a folder for each stage, in which absolute paths begin.
 * In the place of packages from the registry, those that are installed are linked.
 *
 * @returns the folder of the last stage
 */
export function buildImage(folder: string): string {
  const stages = new Map<string, string>()
  let stage = folder
  let work = ''
  const within = (place: string, from = stage) =>
    path.join(from, path.resolve('/', place.startsWith('/') ? '' : work, place))
  for (const { name, text } of instructions()) {
    if (name === 'FROM') {
      const [, alias = `stage-${stages.size}`] = / AS (\w+)$/.exec(text) ?? []
      stage = path.join(folder, alias)
      stages.set(alias, stage)
      work = ''
    }
    if (name === 'WORKDIR') {
      work = text
      mkdirSync(within('.'), { recursive: true })
    }
    if (name === 'RUN') run(text, within('.'))
    if (name === 'COPY') copy(text, { stages, target: within(text.split(/ +/).at(-1) ?? '') })
  }
  return within('.')
}

function run(command: string, cwd: string): void {
  const installed = path.resolve('node_modules')
  // Copied where links cannot be. npm writes its own list of what is installed in place.
  const list = `cp --remove-destination '${installed}/.package-lock.json' node_modules/`
  const install = `{ cp -al '${installed}' . 2>/dev/null || cp -a '${installed}' .; } && ${list}`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command.replace(/^npm ci .*$/, install)], {
    cwd,
    encoding: 'utf8',
    env: { PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`, HOME: cwd },
  })
  if (status !== 0) throw new Error(`RUN ${command}: ${stdout}${stderr}`)
}

interface Copying {
  readonly stages: ReadonlyMap<string, string>
  readonly target: string
}

/** A folder as source is copied by what is in it, as Docker does. */
function copy(text: string, { stages, target }: Copying): void {
  const words = text.split(/ +/)
  const [, from] = /--from=(\w+)/.exec(text) ?? []
  const sources = words.slice(0, -1).filter((word) => !word.startsWith('--'))
  for (const source of sources) {
    const place = from === undefined ? path.resolve(source) : path.join(stages.get(from) ?? '', source)
    const isFolder = statSync(place).isDirectory()
    const files = isFolder ? readdirSync(place).map((name) => path.join(place, name)) : [place]
    for (const file of files) {
      cpSync(file, path.join(target, path.basename(file)), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (each) => from !== undefined || isInContext(path.relative('.', each)),
      })
    }
  }
}
