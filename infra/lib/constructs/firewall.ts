/**
 * A web application firewall with rules that suit bodies of LLM calls. Managed rules for SQL, scripts and large bodies
 * match ordinary prompts, so paths that carry prompts get rules by address alone: all but our own, since an upstream may
 * have any name.
 */

import { Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

export interface FirewallProps {
  readonly stage: apigateway.Stage;
  /** Requests per address and five minutes, on paths that clients call without CloudFront. */
  readonly rateLimit: number;
}

/** Paths without prompts in their bodies; the stage is part of the path unless a custom domain is used. */
export const OWN_PATHS = '^(/prod)?/(api/(keys|limits|prices|upstreams|audit|usage)|openapi[.]json|docs|healthz)(/|$)';

/** `Content-Length` of 6 MB and more: the event would exceed what Lambda accepts. */
export const TOO_LARGE_LENGTH = '^([6-9][0-9]{6}|[0-9]{8,})$';

/** Readable for both kinds of client, like the gateway's own responses. */
function body(status: number, title: string, detail: string, error: { type: string; code: string }): string {
  return JSON.stringify({
    type: 'about:blank',
    title,
    status,
    detail,
    error: { message: detail, type: error.type, param: null, code: error.code },
  });
}

const TOO_MANY = body(429, 'Too many requests', 'Too many requests from this address. Retry in a few minutes.', {
  type: 'rate_limit_error',
  code: 'address_rate_limit_exceeded',
});
const TOO_LARGE = body(413, 'Content too large', 'The request is too large: at most 6 MB are accepted.', {
  type: 'invalid_request_error',
  code: 'request_too_large',
});

export class Firewall extends Construct {
  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const acl = new wafv2.CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      description: 'Tokenmeter: API',
      defaultAction: { allow: {} },
      visibilityConfig: this.visibility('all'),
      customResponseBodies: {
        TooMany: { contentType: 'APPLICATION_JSON', content: TOO_MANY },
        TooLarge: { contentType: 'APPLICATION_JSON', content: TOO_LARGE },
      },
      rules: [
        this.managed('AWSManagedRulesAmazonIpReputationList', 0),
        this.limitAddresses(props.rateLimit, 1),
        this.managed('AWSManagedRulesKnownBadInputsRuleSet', 2, { scopeDownStatement: WITHOUT_PROMPTS }),
        this.managed('AWSManagedRulesCommonRuleSet', 3, {
          scopeDownStatement: WITHOUT_PROMPTS,
          // It blocks bodies over 8 KB, such as price lists and settings.
          ruleActionOverrides: [{ name: 'SizeRestrictions_BODY', actionToUse: { count: {} } }],
        }),
        this.refuseLargeBodies(4),
      ],
    });
    new wafv2.CfnWebACLAssociation(this, 'Association', { resourceArn: props.stage.stageArn, webAclArn: acl.attrArn });
  }

  private managed(
    name: string,
    priority: number,
    options: Partial<wafv2.CfnWebACL.ManagedRuleGroupStatementProperty> = {},
  ): wafv2.CfnWebACL.RuleProperty {
    return {
      name,
      priority,
      overrideAction: { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name, ...options } },
      visibilityConfig: this.visibility(name),
    };
  }

  /** Other paths are called through CloudFront, whose few addresses stand for all its users. */
  private limitAddresses(limit: number, priority: number): wafv2.CfnWebACL.RuleProperty {
    return {
      name: 'AddressRate',
      priority,
      statement: {
        rateBasedStatement: {
          aggregateKeyType: 'IP',
          evaluationWindowSec: 300,
          limit,
          scopeDownStatement: WITH_PROMPTS,
        },
      },
      action: {
        block: {
          customResponse: {
            responseCode: 429,
            customResponseBodyKey: 'TooMany',
            responseHeaders: [{ name: 'Retry-After', value: '60' }],
          },
        },
      },
      visibilityConfig: this.visibility('AddressRate'),
    };
  }

  /** The gateway accepts 10 MB and Lambda 6 MB: the gateway could not distinguish that from throttling. */
  private refuseLargeBodies(priority: number): wafv2.CfnWebACL.RuleProperty {
    return {
      name: 'BodyTooLarge',
      priority,
      statement: {
        regexMatchStatement: {
          fieldToMatch: { singleHeader: { Name: 'content-length' } },
          regexString: TOO_LARGE_LENGTH,
          textTransformations: [{ priority: 0, type: 'NONE' }],
        },
      },
      action: { block: { customResponse: { responseCode: 413, customResponseBodyKey: 'TooLarge' } } },
      visibilityConfig: this.visibility('BodyTooLarge'),
    };
  }

  /** Samples would keep parts of requests. */
  private visibility(name: string): wafv2.CfnWebACL.VisibilityConfigProperty {
    return {
      cloudWatchMetricsEnabled: true,
      metricName: `${Stack.of(this).stackName}-${name}`,
      sampledRequestsEnabled: false,
    };
  }
}

const WITHOUT_PROMPTS: wafv2.CfnWebACL.StatementProperty = {
  regexMatchStatement: {
    fieldToMatch: { uriPath: {} },
    regexString: OWN_PATHS,
    textTransformations: [{ priority: 0, type: 'NONE' }],
  },
};

const WITH_PROMPTS: wafv2.CfnWebACL.StatementProperty = { notStatement: { statement: WITHOUT_PROMPTS } };
