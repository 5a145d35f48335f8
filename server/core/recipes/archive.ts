import { powershellWord, shellWord } from './quote.js'
import { copy, type RecipeRule, text } from './recipe.js'
import { intoEnvironment } from './secret-steps.js'

/* Recipes for the data of observing programs. */

/** Returns the address of a file, in the form of MAST's downloads. */
export function fileUrl(archive: string): string {
  return `${archive}/api/v0.1/Download/file?uri=mast:…`
}

/**
 * The names are those of MAST's documentation: `MAST_API_TOKEN`, and `Authorization: token`.
 *
 * Attack: `conf.server` in a program leaves the objects of the import at MAST, and `login()` sends them the token. And MAST's own
 * scripts have curl's `--location-trusted`, which sends it to any host that a redirect leads to; `--location` does to the same host alone.
 */
export const mast: RecipeRule = {
  id: 'mast',
  title: 'MAST',
  names: ['mast', 'astroquery'],
  service: 'archive',
  steps: (kitchen) => {
    const { archiveUrl } = kitchen
    const program = [
      'import os',
      '',
      'from astroquery.mast import Observations',
      '',
      'Observations.login(token=os.environ["MAST_API_TOKEN"])',
      'Observations.download_file("mast:…")',
    ]
    const options = '--location --fail --remote-name --remote-header-name'
    const url = fileUrl(archiveUrl)
    const unix = `printf 'Authorization: token %s' "$MAST_API_TOKEN" |\n  curl --header @- ${options} ${shellWord(url)}`
    const powershell = `"Authorization: token $env:MAST_API_TOKEN" |\n  curl.exe --header '@-' ${options} ${powershellWord(url)}`
    return [
      ...intoEnvironment('MAST_API_TOKEN', kitchen),
      text('recipes.mast.server', { file: '~/.astropy/config/astroquery.cfg' }),
      copy('lines', `[mast]\nserver = ${archiveUrl}`),
      text('recipes.mast.python', { name: 'mast:…' }),
      copy('program', program.join('\n')),
      text('recipes.mast.warning', { setting: 'conf.server', host: 'mast.stsci.edu' }),
      text('recipes.mast.curl', { option: '--location-trusted' }),
      { shells: { unix: [copy('command', unix)], powershell: [copy('command', powershell)] } },
    ]
  },
}
