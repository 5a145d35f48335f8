{{- define "postern.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "postern.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "postern.labels" -}}
{{ include "postern.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "postern.baseUrl" -}}
{{- required "config.baseUrl or global.baseUrl is required: the site's public address, such as https://data.example.org" (.Values.config.baseUrl | default .Values.global.baseUrl) -}}
{{- end -}}

{{- define "postern.host" -}}
{{- .Values.global.host | default (get (urlParse (include "postern.baseUrl" .)) "hostname") -}}
{{- end -}}

{{/* The path of the base URL, with no slash at its end. */}}
{{- define "postern.path" -}}
{{- get (urlParse (include "postern.baseUrl" .)) "path" | trimSuffix "/" -}}
{{- end -}}

{{- define "postern.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What both pods have. */}}
{{- define "postern.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "postern.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "postern.environment" -}}
- name: POSTERN_CONFIG
  value: /etc/postern/postern.yaml
- name: POSTERN_BASE_URL
  value: {{ include "postern.baseUrl" . | quote }}
{{- end -}}

{{/* A changed setting starts the pods anew: Postern reads its settings at the start. */}}
{{- define "postern.checksum" -}}
checksum/config: {{ include (print .Template.BasePath "/configmap.yaml") . | sha256sum }}
{{- end -}}

{{- define "postern.settings" -}}
{{- $checks := dict "name" (printf "%s-checks" (include "postern.fullname" .)) "namespace" .Release.Namespace "port" 80 -}}
{{- $kubernetes := mergeOverwrite (dict "checks" $checks) (.Values.config.kubernetes | default dict) -}}
{{- merge (dict "kubernetes" $kubernetes) (omit .Values.config "baseUrl") | toYaml -}}
{{- end -}}
