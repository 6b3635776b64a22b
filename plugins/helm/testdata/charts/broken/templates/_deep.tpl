{{- define "broken.deep" -}}
{{ .Values.colour | fromYaml | toYaml | indent "x" }}
{{- end }}
{{- define "broken.circle" -}}
{{ include "broken.circle" . }}
{{- end }}
