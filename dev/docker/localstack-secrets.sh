#!/bin/sh
# The secrets that the CDK app creates in AWS. The pepper matches the local keys. It is created last, because the health
# check waits for it.
set -eu
awslocal secretsmanager create-secret --name openai --secret-string sk-mock-local
awslocal secretsmanager create-secret --name pepper --secret-string local-pepper-not-for-production
