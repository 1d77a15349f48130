{{- define "postroute.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 38 | trimSuffix "-" -}}
{{- end -}}

{{/* The longest suffix is -worker-, a hash of ten and a hash of five; a pod's name ends at 63. */}}
{{- define "postroute.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 38 | trimSuffix "-" -}}
{{- else if contains (include "postroute.name" .) .Release.Name -}}
{{- .Release.Name | trunc 38 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "postroute.name" .) | trunc 38 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "postroute.serviceAccountName" -}}
{{- default (include "postroute.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* What selects pods: it may never change for a release. */}}
{{- define "postroute.selectorLabels" -}}
app.kubernetes.io/name: {{ include "postroute.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "postroute.labels" -}}
{{ include "postroute.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: postroute
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
postroute/partition: {{ .Values.partition }}
{{- end -}}

{{/* A pod's own: nothing here changes with the chart alone, so that a new chart by itself replaces no pod. */}}
{{- define "postroute.podLabels" -}}
{{ include "postroute.selectorLabels" .root }}
app.kubernetes.io/component: {{ .role }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
postroute/partition: {{ .root.Values.partition }}
{{- end -}}

{{/* By digest, or by a tag that is a version: `latest` says nothing about what runs, and a rollback could not name what it goes back to. */}}
{{- define "postroute.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- if eq $tag "latest" -}}{{- fail "image.tag: latest names no version; give the one to run, or image.digest" -}}{{- end -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{/* The host of webhook.publicUrl: what an Ingress or a Gateway serves. */}}
{{- define "postroute.publicHost" -}}
{{- $url := urlParse .Values.webhook.publicUrl -}}
{{- if not (has $url.path (list "" "/")) -}}
{{- fail (printf "webhook.publicUrl: the service answers under its own paths, so an address with the path %s needs a front that takes it off; leave ingress and gateway disabled" $url.path) -}}
{{- end -}}
{{- first (splitList ":" $url.host) -}}
{{- end -}}

{{/* `callbacks` or `api` → what of the service's paths is reachable from outside. */}}
{{- define "postroute.publicPath" -}}
{{- ternary "/v1/shop-access/email/job/postmark-events" "/v1/shop-access/email" (eq . "callbacks") -}}
{{- end -}}
