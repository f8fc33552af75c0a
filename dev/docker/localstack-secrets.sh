#!/bin/sh
# What the CDK app makes in AWS; the pepper is the one the local keys were made with, and comes last: its presence
# is the sign that all is there.
set -eu
awslocal secretsmanager create-secret --name openai --secret-string sk-mock-local
awslocal secretsmanager create-secret --name pepper --secret-string local-pepper-not-for-production
