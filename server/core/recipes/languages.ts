import { juliaLiteral, literal } from './quote.js'
import { copy, type RecipeRule, text } from './recipe.js'
import { intoEnvironment, intoFile } from './secret-steps.js'
import { about, pythonProgram } from './shell.js'

/* Recipes for programs that astronomers write. */

/**
 * Attack: `%env ACCESS_TOKEN=…` prints the variable, and a notebook keeps what its cells print: the token would be in a file that is
 * shared. So Python reads it, and prints nothing.
 */
export const jupyter: RecipeRule = {
  id: 'jupyter',
  title: 'Jupyter',
  names: ['jupyter', 'notebook'],
  steps: (kitchen) => [
    ...intoFile(kitchen),
    text('recipes.jupyter.cell', { command: '%env' }),
    copy(
      'cell',
      [
        'import os',
        'from pathlib import Path',
        '',
        'os.environ["ACCESS_TOKEN"] = Path("~/.access_token").expanduser().read_text().strip()',
      ].join('\n'),
    ),
    about(kitchen.example),
    copy('cell', pythonProgram(kitchen.example)),
  ],
}

/**
 * Attack: R's curl sets `unrestricted_auth`, with which it sends the token to every host that a redirect leads to. So the recipe takes
 * it back.
 */
export const r: RecipeRule = {
  id: 'r',
  title: 'R',
  names: ['httr', 'rstudio'],
  steps: ({ token, example }) => {
    const fetched =
      example.kind === 'file'
        ? ['  req_perform(path = "file.fits")']
        : ['  req_perform() |>', '  resp_body_string() |>', '  cat()']
    const program = [
      'library(httr2)',
      '',
      `request(${literal(example.url)}) |>`,
      '  req_auth_bearer_token(Sys.getenv("ACCESS_TOKEN")) |>',
      '  req_options(unrestricted_auth = 0) |>',
      ...fetched,
    ]
    return [
      text('recipes.secret.private', { file: '~/.Renviron' }),
      copy('command', 'touch ~/.Renviron && chmod 600 ~/.Renviron'),
      text('recipes.r.line', { file: '~/.Renviron' }),
      copy('lines', `ACCESS_TOKEN=${token}`),
      about(example),
      copy('program', program.join('\n')),
    ]
  },
}

export const julia: RecipeRule = {
  id: 'julia',
  title: 'Julia',
  names: ['julia'],
  steps: (kitchen) => {
    const { kind, url } = kitchen.example
    const target = kind === 'file' ? '"file.fits"' : 'stdout'
    const program = [
      'using Downloads',
      '',
      'headers = ["Authorization" => "Bearer " * ENV["ACCESS_TOKEN"]]',
      `Downloads.download(${juliaLiteral(url)}, ${target}; headers)`,
    ]
    return [...intoEnvironment('ACCESS_TOKEN', kitchen), about(kitchen.example), copy('program', program.join('\n'))]
  },
}
