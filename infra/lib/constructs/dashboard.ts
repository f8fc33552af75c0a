/** The dashboard: static files, `/api/*` and `/v1/*` on one origin, which avoids CORS and allows a strict CSP. */

import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Artifacts } from '../artifacts.ts';
import { uploadSite } from './site-upload.ts';

export interface DashboardProps {
  readonly artifacts: Artifacts;
  readonly api: apigateway.RestApi;
  /** A name of the operator's own; undefined for the name that CloudFront chooses. */
  readonly domain: DashboardDomain | undefined;
}

export interface DashboardDomain {
  readonly domainName: string;
  /** Certificate in us-east-1, where CloudFront looks for it. */
  readonly certificateArn: string;
  /** Zone that gets the records; undefined if the operator keeps records elsewhere. */
  readonly hostedZoneId: string | undefined;
}

export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Rewrites client-side routes to the page. A custom error response of the distribution could do the same, but would
 * also replace 404 responses of the API with the page.
 */
export const PAGE_REWRITE = `function handler(event) {
  var request = event.request;
  var file = request.uri.substring(request.uri.lastIndexOf('/') + 1);
  if (file.indexOf('.') === -1) request.uri = '/index.html';
  return request;
}`;

export class Dashboard extends Construct {
  readonly distribution: cloudfront.Distribution;
  /** The first step of uploading the files. */
  readonly upload: Construct;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);

    const logBucket = this.addLogBucket();
    const site = new s3.Bucket(this, 'Site', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsBucket: logBucket,
      serverAccessLogsPrefix: 'site/',
      // Everything in it can be deployed again.
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });

    const headers = this.addSecurityHeaders();
    const api: cloudfront.BehaviorOptions = {
      // The longest silence between two packets, at most this without a raised quota. Streams may last longer in all,
      // and programs call the API itself.
      origin: new origins.RestApiOrigin(props.api, { readTimeout: Duration.seconds(60) }),
      // By the time of a redirect the key would already have been sent unencrypted.
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      responseHeadersPolicy: headers,
    };
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Tokenmeter dashboard',
      ...(props.domain && {
        domainNames: [props.domain.domainName],
        certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', props.domain.certificateArn),
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      enableLogging: true,
      logBucket,
      logFilePrefix: 'cdn/',
      logIncludesCookies: false,
      defaultBehavior: {
        origin: origins.S3BucketOrigin.withOriginAccessControl(site, {
          originAccessControl: new cloudfront.S3OriginAccessControl(this, 'SiteAccess', {
            originAccessControlName: globalName(this, 'site'),
          }),
        }),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: headers,
        functionAssociations: [
          {
            eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
            function: new cloudfront.Function(this, 'PageRewrite', {
              functionName: globalName(this, 'pages'),
              code: cloudfront.FunctionCode.fromInline(PAGE_REWRITE),
              runtime: cloudfront.FunctionRuntime.JS_2_0,
            }),
          },
        ],
      },
      additionalBehaviors: {
        '/api/*': api,
        // For the page's own calls. Compression would hold events of a stream back.
        '/v1/*': { ...api, compress: false },
      },
    });
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Holders of a key may use the dashboard from any location.' },
      {
        id: 'AwsSolutions-CFR2',
        reason: 'Serves static files and an API that requires a key; operators may add a firewall.',
      },
    );
    if (props.domain) {
      this.addRecords(props.domain);
    } else {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR4',
        reason: 'The default domain uses the CloudFront certificate, whose protocol version is fixed.',
      });
    }

    this.upload = uploadSite(this, { site, distribution: this.distribution, source: props.artifacts.siteSource(this) });
  }

  private addRecords({ domainName, hostedZoneId }: DashboardDomain): void {
    if (!hostedZoneId) return;
    for (const type of ['A', 'AAAA']) {
      new route53.CfnRecordSet(this, `Record${type}`, {
        hostedZoneId,
        name: domainName,
        type,
        aliasTarget: {
          dnsName: this.distribution.distributionDomainName,
          hostedZoneId: targets.CloudFrontTarget.getHostedZoneId(this),
        },
      });
    }
  }

  private addLogBucket(): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Logs', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // CloudFront writes its logs with an ACL.
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'This is the access log bucket; logging it to itself would never end.',
    });
    return bucket;
  }

  private addSecurityHeaders(): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, 'SecurityHeaders', {
      responseHeadersPolicyName: globalName(this, 'headers'),
      comment: 'Tokenmeter dashboard',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: CONTENT_SECURITY_POLICY, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'Cross-Origin-Opener-Policy', value: 'same-origin', override: true },
          {
            header: 'Permissions-Policy',
            value: 'camera=(), geolocation=(), microphone=(), payment=()',
            override: true,
          },
        ],
      },
    });
  }
}

/** CloudFront's names are unique in an account, over all regions, and at most 64 characters long. */
function globalName(scope: Construct, name: string): string {
  return `${Stack.of(scope).stackName}-${Aws.REGION}-${name}`;
}
