import type { Finding } from '../core/explain/finding.js'
import { isoTime } from '../core/time.js'
import { duration } from '../words/duration.js'
import type { Fragment, Prose } from '../words/prose.js'
import { ENGLISH, type ProseValues, type Words } from '../words/words.js'

/** States a finding in the reader's language. */
export function findingSentence(finding: Finding, words: Words): Prose {
  if (finding.is === 'refused')
    return [words.text('refusals.sentence', { sentence: words.text(`refusals.${finding.code}.sentence`) })]
  return words.prose(`explain.finding.${finding.is}`, valuesOf(finding, words))
}

/** States a finding for a program, in English and without markup. */
export function findingInEnglish(finding: Finding): string {
  return findingSentence(finding, ENGLISH).map(plain).join('')
}

function plain(part: Fragment): string {
  if (typeof part === 'string') return part
  if ('strong' in part) return part.strong
  if ('code' in part) return part.code
  return 'href' in part ? part.link : isoTime(part.at).replace('T', ' ').replace('Z', ' UTC')
}

function valuesOf(finding: Exclude<Finding, { is: 'refused' }>, words: Words): ProseValues {
  const all = (names: readonly string[] = []) => words.list(names.map((code) => [{ code }]))
  const either = (names: readonly string[]) =>
    words.list(
      names.map((code) => [{ code }]),
      'or',
    )
  switch (finding.is) {
    case 'needsScopes':
    case 'hasScopes':
      return { count: finding.scopes.length, scopes: all(finding.scopes) }
    case 'needsOneScope':
      return { scopes: either(finding.scopes) }
    case 'lacksScopes':
    case 'lacksEachScope': {
      const { is, scopes, inactive } = finding
      return {
        count: scopes.length,
        scopes: is === 'lacksScopes' ? all(scopes) : either(scopes),
        some: inactive.length > 0 ? 'yes' : 'no',
        inactive: all(inactive),
      }
    }
    case 'needsService':
    case 'onlyService':
      return { services: either(finding.services) }
    case 'madeFor':
      return {
        services: either(finding.services),
        known: finding.service ? 'yes' : 'no',
        service: finding.service ?? '',
      }
    case 'needsLifetime':
    case 'lastsLongEnough':
    case 'endsTooSoon':
      return { time: duration(finding.seconds, words) }
    case 'expired':
    case 'expires':
      return { at: { at: finding.at, as: 'exact' } }
    case 'suspended': {
      const { at, reason } = finding
      return { at: { at, as: 'exact' }, given: reason === undefined ? 'no' : 'yes', reason: reason ?? '' }
    }
    case 'elsewhere': {
      const { networks, services, address, service } = finding
      return {
        bound: networks && services ? 'both' : networks ? 'networks' : 'services',
        networks: all(networks),
        services: all(services),
        from: address === undefined ? 'unknown' : 'known',
        address: address ?? '',
        to: service === undefined ? 'unnamed' : 'named',
        service: service ?? '',
      }
    }
    default: {
      const { is, ...values } = finding
      return values
    }
  }
}
