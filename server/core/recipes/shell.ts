import { literal, powershellWord, shellWord } from './quote.js'
import { copy, type Example, type Kitchen, type RecipeRule, type Say, type Step, text } from './recipe.js'
import { intoEnvironment, intoNetrc, netrcLines } from './secret-steps.js'

/* Recipes for command lines. */

/** Says what the example fetches. */
export function about({ kind }: Example): Say {
  if (kind === 'rows') return text('recipes.example.rows')
  return kind === 'file' ? text('recipes.example.file', { name: 'mast:…' }) : text('recipes.example.identity')
}

/** Has curl write a file under the name that the server gives it, and no page of an error in its place. */
export function fileOptions({ kind }: Example): string {
  return kind === 'file' ? ' --fail --remote-name --remote-header-name' : ''
}

/** Sends the header on standard input: other users of the machine see command lines. */
function curlSteps({ example }: Kitchen): Step {
  const options = fileOptions(example)
  const unix = `printf 'Authorization: Bearer %s' "$ACCESS_TOKEN" |\n  curl --header @-${options} ${shellWord(example.url)}`
  const powershell = `"Authorization: Bearer $env:ACCESS_TOKEN" |\n  curl.exe --header '@-'${options} ${powershellWord(example.url)}`
  return { shells: { unix: [copy('command', unix)], powershell: [copy('command', powershell)] } }
}

export const curl: RecipeRule = {
  id: 'curl',
  title: 'curl',
  names: ['curl'],
  forServices: true,
  steps: (kitchen) => [...intoEnvironment('ACCESS_TOKEN', kitchen), about(kitchen.example), curlSteps(kitchen)],
}

/**
 * Attack: wget sends a header of `--header`, and a password of `--password`, to every host that a redirect leads to. Passwords of
 * `~/.netrc` are for one host.
 */
export const wget: RecipeRule = {
  id: 'wget',
  title: 'wget',
  names: ['wget'],
  steps: (kitchen) => {
    const { example } = kitchen
    const output = example.kind === 'file' ? '--content-disposition' : '--quiet --output-document=-'
    return [
      text('recipes.wget.netrc', { file: '~/.netrc' }),
      ...intoNetrc(kitchen, example.url),
      about(example),
      copy('command', `wget --auth-no-challenge ${output} ${shellWord(example.url)}`),
    ]
  },
}

export const netrc: RecipeRule = {
  id: 'netrc',
  title: '.netrc',
  names: ['netrc'],
  steps: (kitchen) => {
    const { example, token } = kitchen
    const lines = copy('lines', netrcLines(token, example.url))
    const options = fileOptions(example)
    const owner = ['New-Item -ErrorAction Ignore $HOME\\_netrc', ICACLS, 'notepad $HOME\\_netrc'].join('\n')
    return [
      text('recipes.netrc.readers'),
      {
        shells: {
          unix: [
            ...intoNetrc(kitchen, example.url),
            about(example),
            copy('command', `curl --netrc${options} ${shellWord(example.url)}`),
          ],
          powershell: [
            text('recipes.netrc.windows', { file: '_netrc' }),
            copy('command', owner),
            text('recipes.secret.lines', { file: '_netrc' }),
            lines,
            about(example),
            copy('command', `curl.exe --netrc${options} ${powershellWord(example.url)}`),
          ],
        },
      },
      text('recipes.netrc.notes'),
    ]
  },
}

/** Takes the file from all other users, as `chmod 600` does. */
const ICACLS = `icacls $HOME\\_netrc /inheritance:r /grant:r "$($env:USERNAME):F"`

export const environment: RecipeRule = {
  id: 'environment',
  names: ['script', 'cron'],
  forServices: true,
  steps: (kitchen) => [
    ...intoEnvironment('ACCESS_TOKEN', kitchen),
    text('recipes.environment.python'),
    copy('program', pythonProgram(kitchen.example)),
  ],
}

/** Writes a Python program that fetches the example. python-requests sends the header to no other host on a redirect. */
export function pythonProgram({ kind, url }: Example): string {
  return [
    'import os',
    '',
    'import requests',
    '',
    'headers = {"Authorization": "Bearer " + os.environ["ACCESS_TOKEN"]}',
    `response = requests.get(${literal(url)}, headers=headers)`,
    'response.raise_for_status()',
    kind === 'file' ? 'open("file.fits", "wb").write(response.content)' : 'print(response.text)',
  ].join('\n')
}
